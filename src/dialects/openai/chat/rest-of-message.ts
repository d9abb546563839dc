import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { type Delivered, type DeliveredCall, type DeliveredText, jsonBytes } from './delivered.ts';
import { isMetadata, outputBytesOf } from './output.ts';
import { argumentsOf, textOf, toolCallPieces } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A message of a stream, and what is known of it. */
export interface SentMessage {
  readonly message: Fields;
  /** The JSON of its texts, as the provider wrote it. */
  readonly jsonOf: (name: string) => string;
  /** Its choice has a finish reason, so that it may be a repetition of everything. */
  readonly isLast: boolean;
  /** A message before it began with everything that was delivered. */
  readonly afterRepetition: boolean;
}

/** What a message adds to the deltas before it. */
export interface RestOfMessage {
  /** New JSON of members that repeat what was delivered; undefined for a member of which nothing is left. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Whether any member begins with what was delivered under its name. */
  readonly repeats: boolean;
}

/** Two texts that differ only after so many characters are versions of one text. */
const MIN_COMMON = 3;

/** What a message adds; undefined where that is not clear: a client would lose a part of it, or get a part twice. */
export function restOfMessage(sent: SentMessage, delivered: Delivered): RestOfMessage | undefined {
  const values: Record<string, string | undefined> = {};
  let repeats = false;
  for (const [name, value] of Object.entries(sent.message)) {
    if (name === 'tool_calls') {
      const rest = restOfCalls(toolCallPieces(sent.message), delivered.calls);
      if (rest === undefined) return undefined;
      if (Array.isArray(value) || rest.length > 0) values[name] = rest.length > 0 ? JSON.stringify(rest) : undefined;
      continue;
    }
    if (isMetadata(name) || !delivered.has(name) || outputBytesOf({ [name]: value }) === undefined) continue;
    const isText = typeof value === 'string';
    const rest = isText ? restOfText(name, sent, delivered.text(name)) : restOfValue(name, sent, delivered);
    if (rest === undefined) return undefined;
    if (rest === 'all') continue;
    if (isText) repeats = true;
    values[name] = rest === NOTHING ? undefined : rest;
  }
  return { values, repeats };
}

/** The JSON of no text. */
const NOTHING = '""';

/** The JSON of what a text adds, or `all` where it is a piece; undefined where it is not clear. */
function restOfText(name: string, sent: SentMessage, { head, raw }: DeliveredText): string | undefined {
  const text = textOf(sent.message[name]);
  if (text.startsWith(head)) {
    if (raw === 0) return JSON.stringify(text.slice(head.length));
    const rest = afterBytes(afterUnits(sent.jsonOf(name).slice(1, -1), head.length), raw);
    if (rest === '' || isOfBytes(text.slice(head.length), raw)) return NOTHING;
    if (rest !== undefined) return `"${rest}"`;
  }
  if (raw === 0 && text.trim() === head.trim()) return NOTHING;
  if (sent.afterRepetition) return undefined;
  const begins = head.trimStart();
  if (!sent.isLast) return 'all';
  if (text.startsWith(begins) || commonLength(text.trimStart(), begins) >= MIN_COMMON) return undefined;
  return 'all';
}

/** Whether a text is so large in JSON, as it is or in ASCII: a provider may write its last message in another way than its deltas. */
function isOfBytes(text: string, bytes: number): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII ends there
  return jsonBytes(text) === bytes || jsonBytes(text.replaceAll(/[^\u0000-\u007f]/g, 'escape')) === bytes;
}

/** JSON of a string after some UTF-16 units of the string. */
function afterUnits(json: string, units: number): string {
  const UNIT = /\\u[\da-f]{4}|\\.|[^\\]/giy;
  for (let at = 0; at < units; at++) UNIT.exec(json);
  return json.slice(UNIT.lastIndex);
}

/** JSON of a string after some bytes of it; undefined where it is shorter, or a character is cut. */
function afterBytes(json: string, bytes: number): string | undefined {
  const all = Buffer.from(json);
  const before = all.toString('utf8', 0, bytes);
  if (all.length < bytes || Buffer.byteLength(before) !== bytes || before.endsWith('\uFFFD')) return undefined;
  return parseJson(`"${before}"`) === undefined ? undefined : all.toString('utf8', bytes);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The JSON of what a list or an object adds, or `all` where it is a piece; undefined where it is not clear. */
function restOfValue(name: string, { message, isLast }: SentMessage, delivered: Delivered): string | undefined {
  const value = message[name];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const rest = items.filter((item) => !delivered.hasValue(name, item));
  if (rest.length === 0) return NOTHING;
  if (!isLast) return 'all';
  return Array.isArray(value) && name !== 'content' ? JSON.stringify(rest) : undefined;
}

/** The calls of a message without what was delivered of them, each with an index; undefined where that is not clear. */
function restOfCalls(sent: readonly Fields[], delivered: readonly DeliveredCall[]): readonly Fields[] | undefined {
  const rest: Fields[] = [];
  let next = delivered.length;
  for (const [position, call] of sent.entries()) {
    const { name, arguments: sentArguments } = fieldsOf(call['function']);
    const args = argumentsOf(sentArguments);
    const index = indexIn(delivered, call, position);
    const before = index === undefined ? undefined : delivered[index];
    if (before === undefined) {
      const isPiece = textOf(name) === '' && delivered.length > 0;
      const own = typeof call['index'] === 'number' ? call['index'] : undefined;
      const isFree = own !== undefined && (isPiece || delivered[own] === undefined);
      rest.push({ ...call, index: isFree ? own : isPiece ? position : next++ });
    } else if (args.startsWith(before.args)) {
      const more = args.slice(before.args.length);
      if (more !== '') rest.push({ index, function: { arguments: more } });
    } else if (!isSameJson(args, before.args)) {
      if (parseJson(before.args) !== undefined) return undefined;
      rest.push({ ...call, index });
    }
  }
  return rest;
}

/** Which delivered call a call of a message may repeat: the one of its id, or else the one of its place and name. */
function indexIn(delivered: readonly DeliveredCall[], call: Fields, position: number): number | undefined {
  const id = textOf(call['id']);
  const name = textOf(fieldsOf(call['function'])['name']);
  if (name === '') return undefined;
  const known = delivered.findIndex((each) => each.id === id && each.name === name);
  if (id !== '' && known !== -1) return known;
  const index = typeof call['index'] === 'number' ? call['index'] : position;
  const each = delivered[index];
  return each?.name === name && (id === '' || each.id === '') ? index : undefined;
}

function isSameJson(a: string, b: string): boolean {
  const [left, right] = [parseJson(a), parseJson(b)];
  return left !== undefined && right !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

/** Whether a message is about as large as all output before it, where that is not known exactly; undefined where it is not clear. */
export function repeatsRoughly(
  message: Fields,
  { head, output }: { readonly head: string; readonly output: number },
): boolean | undefined {
  if (!textOf(message['content']).startsWith(head)) return false;
  const size = outputBytesOf(message) ?? 0;
  const escaped = jsonBytes(textOf(message['content'])) - Buffer.byteLength(textOf(message['content']));
  return size + escaped >= output * MIN_SHARE && size <= output / MIN_SHARE ? true : undefined;
}

/** The share of all output that a message must have to be a repetition: sizes of unparsed chunks are estimates. */
const MIN_SHARE = 0.9;
