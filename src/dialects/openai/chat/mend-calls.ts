import type { Quirks } from '../../../domain/chain.ts';
import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { nineAlphanumericIds } from '../../call-ids.ts';
import { listOf } from '../../../operations/parameters.ts';
import { type Edits, splice } from '../splice.ts';
import { spliceItems } from '../splice-parts.ts';

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
    ...listOf(message, 'tool_calls').map((call) => memberOf(call, 'id')),
    memberOf(message, 'tool_call_id'),
  ]);
  return nineAlphanumericIds(ids.filter((id) => typeof id === 'string'));
}

/** What changes in each call of a message's `tool_calls`; undefined where nothing does. */
export function callEditsOf(message: unknown, mending: CallMending): readonly CallEdits[] | undefined {
  const edits = listOf(message, 'tool_calls').map((call) => editsOf(call, mending));
  return edits.some(changes) ? edits : undefined;
}

/** The JSON of a message's `tool_calls` with these edits, one for each call; every other byte stays. */
export function mendCalls(calls: Buffer, edits: readonly CallEdits[]): string {
  const mended = spliceItems(calls, (call, index) => {
    const own = edits[index];
    return own === undefined || !changes(own) ? undefined : mendCall(call, own);
  });
  return mended.toString('utf8');
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
