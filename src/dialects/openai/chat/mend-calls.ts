import type { Quirks } from '../../../domain/chain.ts';
import { arrayItems, rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { nineAlphanumericIds } from '../../call-ids.ts';
import { type Edits, splice } from '../splice.ts';

/** What changes in one tool call of a request. */
export interface CallEdits {
  readonly values: Edits['values'];
  /** What changes in its `function`. */
  readonly function: Edits['values'];
}

/** What the tool calls of one request are mended with. */
export interface CallMending {
  readonly quirks: Pick<Quirks, 'callRejects'>;
  /** New ids of tool calls, by the ids that the server does not accept. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Members of a tool call that are never removed, though they are null. */
const KNOWN: ReadonlySet<string> = new Set(['id', 'type', 'function']);
const NO_IDS: ReadonlyMap<string, string> = new Map();

/** The ids that replace those of a request's tool calls and results that a server with these quirks does not accept, by the original id. */
export function callIdsFor(
  messages: readonly unknown[],
  { callIds }: Pick<Quirks, 'callIds'>,
): ReadonlyMap<string, string> {
  if (callIds === 'any') return NO_IDS;
  const ids = messages.flatMap((message) => [
    ...listOf(memberOf(message, 'tool_calls')).map((call) => memberOf(call, 'id')),
    memberOf(message, 'tool_call_id'),
  ]);
  return nineAlphanumericIds(ids.filter((id) => typeof id === 'string'));
}

/** What changes in each call of a message's `tool_calls`; undefined where nothing does. */
export function callEditsOf(calls: unknown, mending: CallMending): readonly CallEdits[] | undefined {
  const edits = listOf(calls).map((call) => editsOf(call, mending));
  return edits.some(changes) ? edits : undefined;
}

/** The JSON of a message's `tool_calls` with these edits, one for each call; every other byte stays. */
export function mendCalls(calls: Buffer, edits: readonly CallEdits[]): string {
  const parts: Buffer[] = [];
  let copied = 0;
  for (const [index, [start, end]] of arrayItems(calls).entries()) {
    const own = edits[index];
    if (own === undefined || !changes(own)) continue;
    parts.push(calls.subarray(copied, start), mendCall(calls.subarray(start, end), own));
    copied = end;
  }
  return Buffer.concat([...parts, calls.subarray(copied)]).toString('utf8');
}

function mendCall(call: Buffer, { values, function: inFunction }: CallEdits): Buffer {
  const range = Object.keys(inFunction).length === 0 ? undefined : rangeOf(call, ['function']);
  if (range === undefined) return splice(call, { values });
  const mended = splice(call.subarray(...range), { values: inFunction }).toString('utf8');
  return splice(call, { values: { ...values, function: mended } });
}

function editsOf(call: unknown, { quirks: { callRejects }, ids }: CallMending): CallEdits {
  const { id, function: called } = fieldsOf(call);
  const newId = typeof id === 'string' ? ids.get(id) : undefined;
  const isRejected = ([name, value]: [string, unknown]): boolean =>
    callRejects.includes(name) || (callRejects.length > 0 && value === null && !KNOWN.has(name));
  return {
    values: {
      ...removed(Object.entries(fieldsOf(call)).filter(isRejected)),
      ...(newId === undefined ? {} : { id: JSON.stringify(newId) }),
    },
    function: removed(Object.entries(fieldsOf(called)).filter(([name]) => callRejects.includes(name))),
  };
}

function removed(members: readonly [string, unknown][]): Edits['values'] {
  return Object.fromEntries(members.map(([name]) => [name, undefined]));
}

function changes({ values, function: inFunction }: CallEdits): boolean {
  return Object.keys(values).length > 0 || Object.keys(inFunction).length > 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
