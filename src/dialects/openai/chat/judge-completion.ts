import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { JsonVerdict } from '../../codec.ts';
import { readUsage } from '../usage.ts';
import { isFailedFinish, MODEL_FAILED } from './finish-reason.ts';
import { outputBytesOf } from './output.ts';

/** Judges a chat completion: at least one choice, each with a message, and none whose finish reason is a failure. */
export function judgeCompletion(value: Readonly<Record<string, unknown>>): JsonVerdict {
  const list = value['choices'];
  const choices = Array.isArray(list) ? list.map(fieldsOf) : [];
  if (choices.length === 0) return { kind: 'unusable', problem: 'The answer has no choices.' };
  if (choices.some(({ finish_reason: reason }) => isFailedFinish(reason)))
    return { kind: 'unusable', problem: MODEL_FAILED.message, error: MODEL_FAILED };
  if (!choices.every(({ message }) => isRecord(message)))
    return { kind: 'unusable', problem: 'The answer has a choice without a message.' };
  const outputBytes = choices.reduce((sum, { message }) => sum + (outputBytesOf(message) ?? 0), 0);
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes };
}
