import { isRecord } from '../../lib/record.ts';
import { errorIn } from '../../refusals/error-in-answer.ts';
import type { JsonVerdict } from '../codec.ts';

/**
 * Rejects what is not a JSON object, and errors; `judge` gives the verdict on any other object. Blank lines before the object, which some
 * providers send as keep-alive, are accepted.
 */
export function judgeJson(body: Buffer, judge: (value: Readonly<Record<string, unknown>>) => JsonVerdict): JsonVerdict {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { kind: 'unusable', problem: body.length === 0 ? 'The answer is empty.' : 'The answer is not JSON.' };
  }
  const error = errorIn(value);
  if (error !== undefined) return { kind: 'unusable', problem: 'The answer is an error.', error };
  if (!isRecord(value)) return { kind: 'unusable', problem: 'The answer is not a JSON object.' };
  return judge(value);
}
