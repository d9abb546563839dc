import type { Quirks } from '../../../domain/chain.ts';
import { fieldsOf } from '../../../lib/record.ts';
import type { JsonVerdict } from '../../codec.ts';
import { isFailedFinish, MODEL_FAILED } from '../chat/finish-reason.ts';
import { readUsage } from '../usage.ts';

/** More choices than any API makes of one request, for all its prompts. */
const MAX_CHOICES = 65_536;

/** Judges a completion of the older API: at least one choice, each with a text, and none whose finish reason is a failure. */
export function judgeTextCompletion(
  value: Readonly<Record<string, unknown>>,
  { emptyAnswer }: Pick<Quirks, 'emptyAnswer'>,
): JsonVerdict {
  const list: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
  if (list.length === 0) return { kind: 'unusable', problem: 'The answer has no choices.' };
  if (list.length > MAX_CHOICES) return { kind: 'unusable', problem: 'The answer has too many choices.' };
  let outputBytes = 0;
  for (const each of list) {
    const { text, finish_reason: reason } = fieldsOf(each);
    if (isFailedFinish(reason)) return { kind: 'unusable', problem: MODEL_FAILED.message, error: MODEL_FAILED };
    if (typeof text !== 'string') return { kind: 'unusable', problem: 'The answer has a choice without a text.' };
    outputBytes += Buffer.byteLength(text);
  }
  if (emptyAnswer === 'next' && outputBytes === 0) return { kind: 'unusable', problem: 'The answer has no content.' };
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes };
}
