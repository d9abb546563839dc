import { lenientJsonSteps } from '../../lib/lenient-json.ts';
import { parseJsonSteps } from '../../lib/json-steps.ts';
import { isRecord } from '../../lib/record.ts';
import type { Steps } from '../../lib/steps.ts';
import { errorIn } from '../../refusals/error-in-answer.ts';
import type { JsonVerdict } from '../codec.ts';
import { mayMend } from './may-mend.ts';

/** Gives the verdict on an object that is no error. */
export type Judge = (value: Readonly<Record<string, unknown>>) => JsonVerdict;

/** A larger body has to be valid JSON: reading it leniently would take too long. */
const MAX_LENIENT_BYTES = 4 * 1024 * 1024;

/**
 * Rejects what is not a JSON object, and errors; `judge` gives the verdict on any other object. Blank lines before the object, which some
 * providers send as keep-alive, are accepted. A large body is parsed in steps.
 */
export function* judgeJson(body: Buffer, judge: Judge): Steps<JsonVerdict> {
  const value = yield* parseJsonSteps(body);
  return value === undefined ? notJson(body) : judgeValue(value, judge);
}

/** Like `judgeJson`. Reads numbers and control characters that JSON does not have, up to 4 MB, and gives the answer as valid JSON. */
export function* judgeLenientJson(body: Buffer, judge: Judge): Steps<JsonVerdict> {
  const value = yield* parseJsonSteps(body);
  if (value !== undefined) return judgeValue(value, judge);
  if (body.length > MAX_LENIENT_BYTES) return notJson(body);
  const text = body.toString('utf8');
  const start = text.search(/\S/);
  const read = start === -1 ? undefined : yield* lenientJsonSteps(text, start, mayMend);
  if (read === undefined || text.slice(read.end).trim() !== '') return notJson(body);
  const json = Buffer.from(read.json);
  const verdict = judgeValue(yield* parseJsonSteps(json), judge);
  return verdict.kind === 'answer' ? { ...verdict, body: json } : verdict;
}

function judgeValue(value: unknown, judge: Judge): JsonVerdict {
  const error = errorIn(value);
  if (error !== undefined) return { kind: 'unusable', problem: 'The answer is an error.', error };
  if (!isRecord(value)) return { kind: 'unusable', problem: 'The answer is not a JSON object.' };
  return judge(value);
}

function notJson({ length }: Buffer): JsonVerdict {
  return { kind: 'unusable', problem: length === 0 ? 'The answer is empty.' : 'The answer is not JSON.' };
}
