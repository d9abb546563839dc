import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { splice } from '../splice.ts';
import { outputBytesOf } from './output.ts';
import { usageOf } from './usage-place.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names of the members that only a chunk or its choice has. */
const OF_CHUNK = /^(?:choices?|deltas?|content|tool_calls)$/i;
/** The same for a choice without a delta. */
const OF_CHOICE = /^(?:deltas?|messages?|content|text|tool_calls)$/i;
const CHUNK = 'chat.completion.chunk';

/**
 * Whether valid JSON holds a piece of an answer where no client looks for it: a chunk without a list of choices, a chunk inside another
 * object, or a choice without a delta. Such a piece would be lost.
 */
export function isStrayPiece(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((each) => isRecord(each) && isStrayPiece(each));
  const fields = fieldsOf(value);
  const { choices } = fields;
  if (Array.isArray(choices)) return choices.some(isStrayChoice);
  if (holds(fields, OF_CHUNK)) return true;
  if (usageOf(fields) !== undefined || choices === null) return false;
  if (fields['object'] === CHUNK) return true;
  return Object.values(fields).some((member) =>
    (Array.isArray(member) ? member : [member]).some((each: unknown) => isRecord(each) && isChunkLike(each)),
  );
}

/** The JSON of a chunk whose only choice has no list around it, with the list; undefined for any other. */
export function withChoicesInList(value: unknown, data: Buffer): Buffer | undefined {
  const choice = fieldsOf(value)['choices'];
  if (!isRecord(choice) || !(isRecord(choice['delta']) || isRecord(choice['message']))) return undefined;
  const range = rangeOf(data, ['choices']);
  return range && splice(data, { values: { choices: `[${data.toString('utf8', ...range)}]` } });
}

function isChunkLike(fields: Fields): boolean {
  return fields['object'] === CHUNK || holds(fields, OF_CHUNK);
}

function isStrayChoice(value: unknown): boolean {
  const choice = fieldsOf(value);
  return !isRecord(choice['delta']) && !isRecord(choice['message']) && holds(choice, OF_CHOICE);
}

/** Whether a member of such a name holds output. */
function holds(fields: Fields, names: RegExp): boolean {
  return Object.entries(fields).some(([name, member]) => names.test(name) && isFull(member));
}

/** Whether it is a text, or a list or an object that is not empty. */
function isFull(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return Array.isArray(value) ? value.length > 0 : outputBytesOf({ value }) !== undefined;
}
