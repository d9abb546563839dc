import { readLenientJson } from '../../lib/lenient-json.ts';
import { parseJson } from '../../lib/parse-json.ts';
import { isRecord } from '../../lib/record.ts';
import { errorIn } from '../../refusals/error-in-answer.ts';
import type { JsonVerdict } from '../codec.ts';
import { mayMend } from './may-mend.ts';

/** Gives the verdict on an object that is no error. */
export type Judge = (value: Readonly<Record<string, unknown>>) => JsonVerdict;

/**
 * Rejects what is not a JSON object, and errors; `judge` gives the verdict on any other object. Blank lines before the object, which some
 * providers send as keep-alive, are accepted.
 */
export function judgeJson(body: Buffer, judge: Judge): JsonVerdict {
  const text = body.toString('utf8');
  const value = parseJson(text);
  return value === undefined ? notJson(text) : judgeValue(value, judge);
}

/** Like `judgeJson`. Reads numbers and control characters that JSON does not have, and gives the answer as valid JSON. */
export function judgeLenientJson(body: Buffer, judge: Judge): JsonVerdict {
  const text = body.toString('utf8');
  const value = parseJson(text);
  if (value !== undefined) return judgeValue(value, judge);
  const start = text.search(/\S/);
  const read = start === -1 ? undefined : readLenientJson(text, start, mayMend);
  if (read === undefined || text.slice(read.end).trim() !== '') return notJson(text);
  const verdict = judgeValue(parseJson(read.json), judge);
  return verdict.kind === 'answer' ? { ...verdict, body: Buffer.from(read.json) } : verdict;
}

function judgeValue(value: unknown, judge: Judge): JsonVerdict {
  const error = errorIn(value);
  if (error !== undefined) return { kind: 'unusable', problem: 'The answer is an error.', error };
  if (!isRecord(value)) return { kind: 'unusable', problem: 'The answer is not a JSON object.' };
  return judge(value);
}

function notJson(text: string): JsonVerdict {
  return { kind: 'unusable', problem: text === '' ? 'The answer is empty.' : 'The answer is not JSON.' };
}
