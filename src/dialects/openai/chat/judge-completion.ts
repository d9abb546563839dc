import type { Quirks } from '../../../domain/chain.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { JsonVerdict } from '../../codec.ts';
import { isFailedFinish, MODEL_FAILED } from './finish-reason.ts';
import { outputBytesOf } from './output.ts';
import { usageOf } from './usage-place.ts';

/** No API makes more choices of one request: OpenAI makes 128, and vLLM 16,384. */
const MAX_CHOICES = 16_384;

/**
 * Judges a chat completion: at least one choice, each with a message, and none whose finish reason is a failure. With `emptyAnswer: next` at
 * least one message must hold output. A finish reason that is missing or empty is no fault: the body is whole without it.
 */
export function judgeCompletion(
  value: Readonly<Record<string, unknown>>,
  { emptyAnswer }: Pick<Quirks, 'emptyAnswer'>,
): JsonVerdict {
  const list = value['choices'];
  if (Array.isArray(list) && list.length > MAX_CHOICES)
    return { kind: 'unusable', problem: 'The answer has too many choices.' };
  const choices = Array.isArray(list) ? list.map(fieldsOf) : [];
  if (choices.length === 0) return { kind: 'unusable', problem: 'The answer has no choices.' };
  if (choices.some(({ finish_reason: reason }) => isFailedFinish(reason)))
    return { kind: 'unusable', problem: MODEL_FAILED.message, error: MODEL_FAILED };
  if (!choices.every(({ message }) => isRecord(message)))
    return { kind: 'unusable', problem: 'The answer has a choice without a message.' };
  const outputs = choices.map(({ message }) => outputBytesOf(message)).filter((bytes) => bytes !== undefined);
  if (emptyAnswer === 'next' && outputs.length === 0)
    return { kind: 'unusable', problem: 'The answer has no content.' };
  return { kind: 'answer', value, usage: usageOf(value), outputBytes: outputs.reduce((sum, bytes) => sum + bytes, 0) };
}
