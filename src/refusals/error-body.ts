import type { ReportedError } from '../domain/provider-error.ts';
import { parseJson } from '../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';
import { closeTruncatedJson } from './close-truncated-json.ts';
import { cloudflareDetail } from './cloudflare-codes.ts';
import { extrasOf, mergeExtras } from './error-extras.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Only so many characters of a text without a known error shape become the message. */
const MAX_MESSAGE = 500;
/** Errors nested deeper than this are not read; providers nest the errors of their upstreams one or two levels deep. */
const MAX_DEPTH = 3;
/** Members that hold an error's message, or a whole error of an upstream. */
const MESSAGE_MEMBERS = [
  'message',
  'Message',
  'detail',
  'title',
  'msg',
  'text',
  'error_msg',
  'errorMessage',
  'error_message',
  'error_description',
  'errmsg',
  'status_msg', // MiniMax
  'reason',
  'description',
] as const;

/**
 * Reads any of the error shapes that OpenAI-compatible servers send: OpenAI's own, flat, in an array, a bare string, FastAPI's `detail`,
 * `title`/`detail`, a list `errors`, and messages that hold a JSON text again. A truncated body is read as far as it goes. A body without
 * an error shape becomes the message, truncated to 500 characters.
 */
export function readErrorBody(body: Buffer): ErrorBody {
  const text = contentOf(body);
  const value = parseJson(text);
  if (value !== undefined)
    return { error: readErrorValue(value), hasJsonError: typeof value === 'object' && value !== null };
  const truncated = readErrorValue(closeTruncatedJson(text));
  if (saysNothing(truncated)) return { error: readErrorText(text), hasJsonError: false };
  return { error: truncated, hasJsonError: true };
}

/** The error in a body. */
export interface ErrorBody {
  readonly error: ReportedError;
  /** Whether the body is JSON of a provider: an object or a list, whole, or truncated with an error in it. A line of a proxy is neither. */
  readonly hasJsonError: boolean;
}

/** A body's text without a byte order mark, comments, and the framing of an event: some servers report errors as the event of a stream. */
function contentOf(body: Buffer): string {
  return body.toString('utf8').replace(LEAD_IN, '').trim();
}
const LEAD_IN = /^(?:\uFEFF|\s|:[^\n]*\n|\/\/[^\n]*\n|\/\*[^*]*\*\/|event:[^\n]*\n|data:(?=\s*\{))+/;

function saysNothing({ message, code, type }: ReportedError): boolean {
  return message === '' && code === null && type === null;
}

/** Whether a body is JSON, whole or truncated, by its first character. A page or a line of text is not. */
export function isJson(body: Buffer): boolean {
  return /^\s*[{["]/.test(body.toString('utf8', 0, 64));
}

/** An error in plain text, truncated to 500 characters. Markup gives an empty message, because it is of no use to a client. */
export function readErrorText(text: string): ReportedError {
  const message = /^\s*</.test(text) ? '' : text.slice(0, MAX_MESSAGE);
  return { message, type: null, param: null, code: null, detail: null, status: undefined };
}

/** Like `readErrorBody`, for a parsed value. */
export function readErrorValue(parsed: unknown): ReportedError {
  return readLevel(parsed, MAX_DEPTH);
}

/** Reads an error whose message may hold a nested error; members of the nested error apply where the outer error has none. */
function readLevel(parsed: unknown, depth: number): ReportedError {
  const outer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const member = outer['error'] ?? outer['base_resp'];
  const inner = isRecord(member) ? member : outer;
  const bare = typeof member === 'string' ? member : typeof parsed === 'string' ? parsed : undefined;
  const messages = bare === undefined ? [...MESSAGE_MEMBERS.map((name) => inner[name]), outer['errors']] : [bare];
  const nested = firstMessage(messages, depth);
  const listed = fieldsOf(Array.isArray(outer['errors']) ? outer['errors'][0] : undefined);
  const code = textOf(inner['code'] ?? listed['code'] ?? inner['errorCode'] ?? inner['error_code']);
  const status = [inner['code'], inner['status'], inner['http_status_code'], outer['status_code']];
  return {
    message: nested.message === '' ? '' : locationIn(inner) + nested.message,
    type: textOf(inner['type'] ?? outer['error_type']) ?? nested.type,
    param: textOf(inner['param']) ?? nested.param,
    code: code ?? nested.code,
    detail: cloudflareDetail(outer, code) ?? detailOf(inner) ?? nested.detail,
    status: status.map(statusOf).find((each) => each !== undefined) ?? nested.status,
    extras: mergeExtras(extrasOf(inner, outer), nested.extras),
  };
}

function firstMessage(messages: readonly unknown[], depth: number): ReportedError {
  for (const each of messages) {
    const error = readMessage(each, depth);
    if (error.message !== '') return error;
  }
  return readErrorText('');
}

/** Reads the value of one message member: the error that it holds, parsed or as a JSON text, or else its own text. */
function readMessage(value: unknown, depth: number): ReportedError {
  const held = typeof value === 'string' ? parseHeld(value) : value;
  const error = depth > 0 && typeof held === 'object' ? readLevel(held, depth - 1) : readErrorText('');
  if (error.message !== '' || typeof value !== 'string') return error;
  return { ...error, message: held === undefined ? value : value.slice(0, MAX_MESSAGE) };
}

/** The location in the request that FastAPI's complaint is about, as a prefix of the message. */
function locationIn({ loc }: Fields): string {
  return Array.isArray(loc) ? `${loc.map(textOf).join('.')}: ` : '';
}

/** Parses a text that is a JSON object or list; undefined for any other text. */
function parseHeld(text: string): unknown {
  return /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
}

function detailOf(fields: Fields): string | null {
  const details = fields['details'];
  const reason = Array.isArray(details)
    ? details.map((each) => textOf(fieldsOf(each)['reason'])).find((each) => each !== null)
    : undefined;
  const listed = Array.isArray(fields['errors']) ? textOf(fieldsOf(fields['errors'][0])['reason']) : null;
  const inner = textOf(fieldsOf(fields['innererror'])['code']);
  const metadata = fieldsOf(fields['metadata']);
  const own = textOf(fieldsOf(details)['error_code']) ?? textOf(metadata['error_type']);
  // OpenRouter's moderation gives the flagged input, but no code.
  const flagged = metadata['flagged_input'] === undefined ? null : 'content_filter';
  return reason ?? own ?? flagged ?? inner ?? listed ?? textOf(fields['status']);
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
