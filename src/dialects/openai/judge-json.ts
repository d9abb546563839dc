import { isRecord } from '../../lib/record.ts';
import { errorIn } from '../../refusals/error-in-answer.ts';
import type { JsonVerdict } from '../codec.ts';

/**
 * Judges what every JSON answer has in common: a JSON object that is no error. `judge` decides about the object. Blank lines in front of it
 * are some providers' keep-alive.
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
