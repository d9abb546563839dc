import type { Quirks } from '../../../domain/chain.ts';
import { rangeOf, topLevelMembers } from '../../../lib/json-members.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { type Edits, splice } from '../splice.ts';
import { spliceItems } from '../splice-parts.ts';
import { type CallEdits, callEditsOf, callIdsFor, mendCalls } from './mend-calls.ts';

interface MessageEdits {
  readonly values: Edits['values'];
  /** One for each tool call; undefined where none is edited. */
  readonly calls: readonly CallEdits[] | undefined;
}

/** What the messages of one request are mended with. */
interface Mending {
  readonly quirks: Quirks;
  /** New ids of tool calls, by the ids that the server does not accept. */
  readonly ids: ReadonlyMap<string, string>;
  /** Whether `reasoning_content` is added where it is missing. */
  readonly fillsReasoning: boolean;
}

/**
 * The JSON of `messages` in the form that a server with these quirks accepts: the role `system` in place of `developer`, without the members
 * of an answer that the server refuses, with ids of tool calls that it accepts, and with the reasoning that it wants back. Every other byte
 * stays. Undefined where nothing has to change. `input` is the parsed form of `body`, a JSON object.
 */
export function mendMessages(body: Buffer, input: unknown, quirks: Quirks): string | undefined {
  const messages = memberOf(input, 'messages');
  if (!mayEdit(quirks) || !Array.isArray(messages)) return undefined;
  const ids = callIdsFor(messages, quirks);
  const fillsReasoning = quirks.fillsReasoning && memberOf(memberOf(input, 'thinking'), 'type') !== 'disabled';
  const edits = messages.map((message: unknown) => editsOf(message, { quirks, ids, fillsReasoning }));
  const member = topLevelMembers(body).find(({ key }) => key === 'messages');
  if (member === undefined || edits.every((each) => each === undefined)) return undefined;
  const bytes = body.subarray(member.valueStart, member.valueEnd);
  const mended = spliceItems(bytes, (message, index) => {
    const own = edits[index];
    return own && mendMessage(message, own);
  });
  return mended.toString('utf8');
}

function mayEdit({ developerRole, messageRejects, callRejects, callIds, fillsReasoning }: Quirks): boolean {
  return !developerRole || messageRejects.length > 0 || callRejects.length > 0 || callIds !== 'any' || fillsReasoning;
}

function mendMessage(message: Buffer, { values, calls }: MessageEdits): Buffer {
  const range = calls === undefined ? undefined : rangeOf(message, ['tool_calls']);
  if (calls === undefined || range === undefined) return splice(message, { values });
  return splice(message, { values: { ...values, tool_calls: mendCalls(message.subarray(...range), calls) } });
}

function editsOf(message: unknown, mending: Mending): MessageEdits | undefined {
  const values = valuesOf(message, mending);
  const calls = callEditsOf(message, mending);
  return calls === undefined && Object.keys(values).length === 0 ? undefined : { values, calls };
}

function valuesOf(message: unknown, { quirks, ids, fillsReasoning }: Mending): Edits['values'] {
  const { developerRole, messageRejects } = quirks;
  const isRejected = ([name, value]: [string, unknown]): boolean =>
    messageRejects.includes(name) || (messageRejects.length > 0 && name !== 'content' && isEmpty(value));
  const removed = Object.entries(fieldsOf(message)).filter(isRejected);
  const { role, tool_call_id: result, reasoning_content: reasoning } = fieldsOf(message);
  const id = typeof result === 'string' ? ids.get(result) : undefined;
  const lacksReasoning = fillsReasoning && role === 'assistant' && (typeof reasoning !== 'string' || reasoning === '');
  return {
    ...Object.fromEntries(removed.map(([name]) => [name, undefined])),
    ...(!developerRole && role === 'developer' ? { role: '"system"' } : {}),
    ...(id === undefined ? {} : { tool_call_id: JSON.stringify(id) }),
    ...(lacksReasoning ? { reasoning_content: BLANK } : {}),
  };
}

/** DeepSeek refuses an empty text where its models have reasoned, and accepts a blank (NousResearch/hermes-agent#18263). */
const BLANK = '" "';

/** Whether a value is null or an empty list. Answers hold such members, and a server that does not know a member refuses these too. */
function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
