import type { ReportedError } from '../../domain/vendor-error.ts';
import { fieldsOf, isRecord } from '../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads any of the error shapes that OpenAI-compatible servers send: OpenAI's own, flat, in an array, a bare string, FastAPI's `detail`,
 * `title`/`detail`, a list `errors`, and messages that hold a JSON text again. What is no error body gives its text, cut to 500 characters.
 */
export function readErrorBody(body: Buffer): ReportedError {
  const text = body.toString('utf8').trim();
  try {
    return readErrorValue(JSON.parse(text));
  } catch {
    return readErrorText(text);
  }
}

/** An error that is told in plain words; markup says nothing to a caller. */
export function readErrorText(text: string): ReportedError {
  const message = /^\s*</.test(text) ? '' : text.slice(0, 500);
  return { message, type: null, param: null, code: null, detail: null, status: undefined };
}

/** The same for a parsed value. */
export function readErrorValue(parsed: unknown): ReportedError {
  const outer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const nested = outer['error'];
  const inner = isRecord(nested) ? nested : outer;
  const bare = typeof nested === 'string' ? nested : typeof parsed === 'string' ? parsed : undefined;
  const message = messageOf(inner, bare);
  const listed = fieldsOf(Array.isArray(outer['errors']) ? outer['errors'][0] : undefined);
  return {
    message: message ?? textOf(listed['message']) ?? '',
    type: textOf(inner['type'] ?? outer['error_type']),
    param: textOf(inner['param']),
    code: textOf(inner['code'] ?? listed['code']),
    detail: detailOf(inner),
    status: [inner['code'], inner['status'], inner['http_status_code'], outer['status_code']]
      .map(statusOf)
      .find((status) => status !== undefined),
  };
}

/** Members that name what a value is; one without any of them that has words to say is an error. */
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

/** Details stand in details at some vendors; deeper than here none of them puts his words. */
const DEEPEST_DETAIL = 8;

function messageOf(fields: Fields, bare: string | undefined, depth = 0): string | null {
  const message = bare ?? fields['message'] ?? fields['Message'] ?? fields['detail'] ?? fields['title'];
  if (typeof message === 'string' && !/^\s*[{[]/.test(message)) return message;
  const value = typeof message === 'string' ? parsedOr(message) : message;
  if (typeof value === 'string') return value;
  const first = fieldsOf(Array.isArray(value) ? value[0] : value);
  if (depth < DEEPEST_DETAIL && (Array.isArray(first['detail']) || typeof first['detail'] === 'string'))
    return messageOf({ message: first['detail'] }, undefined, depth + 1);
  const place = Array.isArray(first['loc']) ? `${first['loc'].map(textOf).join('.')}: ` : '';
  const words = textOf(first['msg'] ?? first['message']);
  return words === null ? null : place + words;
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function detailOf(fields: Fields): string | null {
  const details = fields['details'];
  const listed = Array.isArray(details)
    ? details.map((each) => textOf(fieldsOf(each)['reason'])).find((each) => each !== null)
    : undefined;
  const own = textOf(fieldsOf(details)['error_code']) ?? textOf(fieldsOf(fields['metadata'])['error_type']);
  return listed ?? own ?? textOf(fields['status']);
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
