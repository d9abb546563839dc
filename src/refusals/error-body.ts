import type { ReportedError } from '../domain/provider-error.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';
import { cloudflareDetail } from './cloudflare-codes.ts';
import { closeCut } from './close-truncated-json.ts';
import { extrasOf } from './error-extras.ts';

type Fields = Readonly<Record<string, unknown>>;

/** So many characters of what is no error of a known shape are passed on. */
const LONGEST_TEXT = 500;

/**
 * Reads any of the error shapes that OpenAI-compatible servers send: OpenAI's own, flat, in an array, a bare string, FastAPI's `detail`,
 * `title`/`detail`, a list `errors`, and messages that hold a JSON text again. Of a body that was cut what there is counts. What is no error
 * body gives its text, cut to 500 characters.
 */
export function readErrorBody(body: Buffer): ReportedError {
  const text = body.toString('utf8').trim();
  try {
    return readErrorValue(JSON.parse(text));
  } catch {
    const told = readErrorValue(closeCut(text));
    return told.message === '' && told.code === null && told.type === null ? readErrorText(text) : told;
  }
}

/** Whether a body is JSON, whole or cut, by its first byte: a page or a line of plain words is not. */
export function isJson(body: Buffer): boolean {
  return /^\s*[{["]/.test(body.toString('utf8', 0, 64));
}

/** An error that is told in plain words; markup says nothing to a caller. */
export function readErrorText(text: string): ReportedError {
  const message = /^\s*</.test(text) ? '' : text.slice(0, LONGEST_TEXT);
  return { message, type: null, param: null, code: null, detail: null, status: undefined };
}

/** The same for a parsed value. */
export function readErrorValue(parsed: unknown): ReportedError {
  return readLevel(parsed, MOST_LEVELS);
}

/** How deep in each other errors are read; what a vendor passes on of another's lies one or two deep. */
const MOST_LEVELS = 3;
/** LinkedSet that hold an error's words, or in them a whole error of whoever the vendor asked himself. */
const WORDS = ['message', 'Message', 'detail', 'title', 'msg', 'text'] as const;

/** An error whose words may be an error again, whose members count where the outer one has none. */
function readLevel(parsed: unknown, levels: number): ReportedError {
  const outer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const nested = outer['error'];
  const inner = isRecord(nested) ? nested : outer;
  const bare = typeof nested === 'string' ? nested : typeof parsed === 'string' ? parsed : undefined;
  const words = bare === undefined ? [...WORDS.map((name) => inner[name]), outer['errors']] : [bare];
  const told = firstTold(words, levels);
  const listed = fieldsOf(Array.isArray(outer['errors']) ? outer['errors'][0] : undefined);
  const code = textOf(inner['code'] ?? listed['code']);
  const status = [inner['code'], inner['status'], inner['http_status_code'], outer['status_code']];
  return {
    message: told.message === '' ? '' : placeIn(inner) + told.message,
    type: textOf(inner['type'] ?? outer['error_type']) ?? told.type,
    param: textOf(inner['param']) ?? told.param,
    code: code ?? told.code,
    detail: cloudflareDetail(outer, code) ?? detailOf(inner) ?? told.detail,
    status: status.map(statusOf).find((each) => each !== undefined) ?? told.status,
    extras: extrasOf(inner) ?? told.extras,
  };
}

function firstTold(words: readonly unknown[], levels: number): ReportedError {
  for (const each of words) {
    const told = tellingOf(each, levels);
    if (told.message !== '') return told;
  }
  return readErrorText('');
}

/** What one member tells: its own words, or those of the error that it holds, parsed or as a JSON text; else that text as it is, cut. */
function tellingOf(words: unknown, levels: number): ReportedError {
  const held = typeof words === 'string' ? jsonIn(words) : words;
  const told = levels > 0 && typeof held === 'object' ? readLevel(held, levels - 1) : readErrorText('');
  if (told.message !== '' || typeof words !== 'string') return told;
  return { ...told, message: held === undefined ? words : words.slice(0, LONGEST_TEXT) };
}

/** Where in a request FastAPI's complaint belongs. */
function placeIn({ loc }: Fields): string {
  return Array.isArray(loc) ? `${loc.map(textOf).join('.')}: ` : '';
}

/** The object or list that a text is as JSON. */
function jsonIn(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** LinkedSet that name what a value is; one without any of them that has words to say is an error. */
const OF_ANSWERS = ['choices', 'data', 'usage', 'id'] as const;
const OF_ERRORS = ['message', 'detail', 'errors'] as const;

/**
 * The error that a value inside a 2xx is or carries, in any dress: a member `error` that says something, beside an answer or alone, in an
 * array, in a choice, Groq's `x_groq.error`, a value of type `error`, or one that has an error's words and nothing of an answer. `event`: the name of
 * the event that it came in. One named `error` is an error whatever it holds, and one of another name only if its data says so.
 */
export function errorIn(value: unknown, event?: string): ReportedError | undefined {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  const named = event === 'error';
  if (!isRecord(outer)) return named ? reported(value) : undefined;
  const groq = fieldsOf(outer['x_groq'])['error'];
  if (groq) return reported({ error: groq });
  const choices: unknown[] = Array.isArray(outer['choices']) ? outer['choices'] : [];
  const failed = choices.map(fieldsOf).find(({ error }) => Boolean(error));
  const told = Boolean(outer['error']) || outer['type'] === 'error' || outer['object'] === 'error';
  if (!told && failed !== undefined) return reported(failed);
  return told || named || (event === undefined && isBare(outer)) ? reported(outer) : undefined;
}

/** Words of an error, nothing of an answer, and no other type than an error's: a progress report has words too. */
function isBare(fields: Fields): boolean {
  const { type = 'error' } = fields;
  if (OF_ANSWERS.some((name) => name in fields) || !OF_ERRORS.some((name) => Boolean(fields[name]))) return false;
  return type === null || (typeof type === 'string' && /error/i.test(type));
}

function reported(value: unknown): ReportedError {
  const error = readErrorValue(value);
  return error.message === '' ? { ...error, message: 'The provider reported an error.' } : error;
}

function detailOf(fields: Fields): string | null {
  const details = fields['details'];
  const listed = Array.isArray(details)
    ? details.map((each) => textOf(fieldsOf(each)['reason'])).find((each) => each !== null)
    : undefined;
  const metadata = fieldsOf(fields['metadata']);
  const own = textOf(fieldsOf(details)['error_code']) ?? textOf(metadata['error_type']);
  // OpenRouter's moderation names what it flagged, and no cause.
  const flagged = metadata['flagged_input'] === undefined ? null : 'content_filter';
  return listed ?? own ?? flagged ?? textOf(fields['status']);
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
