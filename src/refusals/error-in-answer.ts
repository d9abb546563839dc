import type { ReportedError } from '../domain/provider-error.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';
import { readErrorValue } from './error-body.ts';
import { ERROR_TYPE, NO_ERROR } from './wordings/codes.ts';

/** Members of an answer. An object without any of them that has a message is an error. */
const ANSWER_MEMBERS = ['choices', 'data', 'usage', 'id'] as const;
/** HTTP's status of a success, as a code beside an answer. */
const SUCCESS = 200;
/** An error that is nested deeper says something. */
const MAX_DEPTH = 4;
const MESSAGE_MEMBERS = ['message', 'detail', 'errors', 'msg', 'error_msg', 'errorMessage', 'error_message'] as const;

/**
 * The error that a value inside a 2xx is or contains: a member `error` that says anything, beside an answer or alone, in an array or in a
 * choice; Groq's `x_groq.error`; a value of type `error`; or an object with an error's message and no member of an answer. Undefined if
 * there is none. `event` is the name of the stream event that held the value. An event named `error` is an error whatever it holds, and an
 * event of another name only if its data says so.
 */
export function errorIn(value: unknown, event?: string): ReportedError | undefined {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  const isErrorEvent = event === 'error';
  if (!isRecord(outer)) return isErrorEvent ? toReported(value) : undefined;
  const groq = fieldsOf(outer['x_groq'])['error'];
  if (!isEmpty(groq)) return toReported({ error: groq });
  const choices: unknown[] = Array.isArray(outer['choices']) ? outer['choices'] : [];
  const failedChoice = choices.map(fieldsOf).find(({ error }) => !isEmpty(error));
  const status = fieldsOf(outer['base_resp'])['status_code'];
  const failsInMinimax = typeof status === 'number' && status !== 0;
  const saysError =
    failsInMinimax || !isEmpty(outer['error']) || outer['type'] === 'error' || outer['object'] === 'error';
  if (!saysError && failedChoice !== undefined) return toReported(failedChoice);
  return saysError || isErrorEvent || (event === undefined && isBareError(outer)) ? toReported(outer) : undefined;
}

/** Whether a member `error` says nothing: some servers send it beside every answer, with empty texts and zeros. */
function isEmpty(error: unknown, depth = MAX_DEPTH): boolean {
  if (typeof error === 'string') return NO_ERROR.test(error.trim());
  if (typeof error !== 'object' || error === null) return !error || error === SUCCESS;
  return depth > 0 && Object.values(error).every((each) => isEmpty(each, depth - 1));
}

/** Whether it has an error's message, no member of an answer and no type but an error's. A progress report has a message too. */
function isBareError(fields: Readonly<Record<string, unknown>>): boolean {
  const { type = 'error' } = fields;
  if (ANSWER_MEMBERS.some((name) => fields[name] !== undefined && fields[name] !== null)) return false;
  if (!MESSAGE_MEMBERS.some((name) => Boolean(fields[name]))) return false;
  return type === null || (typeof type === 'string' && ERROR_TYPE.test(type));
}

function toReported(value: unknown): ReportedError {
  return orUnnamed(readErrorValue(value));
}

/** An error that has a message in any case. */
export function orUnnamed(error: ReportedError): ReportedError {
  return error.message === '' ? { ...error, message: 'The provider reported an error.' } : error;
}
