import type { VendorError } from '../../domain/vendor-error.ts';
import { fieldsOf } from '../../lib/record.ts';

/** An error body, translated: the four members, and the code of its details where the vendor keeps the real one there. */
export interface ReadError extends VendorError {
  /** `error.details.error_code`, `error.status`, `error.metadata.error_type` or a Google `reason`: whatever names the cause best. */
  readonly detail: string | null;
  /** An HTTP status the body speaks of. */
  readonly status: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads any of the error shapes that OpenAI-compatible servers send: OpenAI's own, flat, in an array, a bare string, FastAPI's `detail`,
 * `title`/`detail`, a list `errors`, and messages that hold a JSON text again. What is no error body gives its text, cut to 500 characters.
 */
export function readErrorBody(body: Buffer): ReadError {
  const text = body.toString('utf8').trim();
  try {
    return readErrorValue(JSON.parse(text));
  } catch {
    const plain = /^\s*</.test(text) ? '' : text.slice(0, 500);
    return { message: plain, type: null, param: null, code: null, detail: null, status: undefined };
  }
}

/** The same for a parsed value. */
export function readErrorValue(parsed: unknown): ReadError {
  const outer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const nested = outer['error'];
  const inner = typeof nested === 'object' && nested !== null ? fieldsOf(nested) : outer;
  const message = messageOf(inner, typeof nested === 'string' ? nested : undefined);
  const listed = fieldsOf(Array.isArray(outer['errors']) ? outer['errors'][0] : undefined);
  return {
    message: message ?? textOf(listed['message']) ?? '',
    type: textOf(inner['type'] ?? outer['error_type']),
    param: textOf(inner['param']),
    code: textOf(inner['code'] ?? listed['code']),
    detail: detailOf(inner),
    status: statusOf(inner['code']) ?? statusOf(inner['status']) ?? statusOf(outer['status_code']),
  };
}

function messageOf(fields: Fields, bare: string | undefined): string | null {
  const message = bare ?? fields['message'] ?? fields['Message'] ?? fields['detail'] ?? fields['title'];
  if (typeof message === 'string' && !/^\s*[{[]/.test(message)) return message;
  const value = typeof message === 'string' ? parsedOr(message) : message;
  if (typeof value === 'string') return value;
  const first = fieldsOf(Array.isArray(value) ? value[0] : value);
  if (Array.isArray(first['detail']) || typeof first['detail'] === 'string')
    return messageOf({ message: first['detail'] }, undefined);
  const place = Array.isArray(first['loc']) ? `${first['loc'].join('.')}: ` : '';
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
