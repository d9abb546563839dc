import type { Quirks } from '../../../domain/chain.ts';
import type { JsonVerdict } from '../../codec.ts';
import { blockOutput } from './output.ts';
import { readUsage } from './usage.ts';

/**
 * Judges a message: it says that it is one, or has content and a reason to stop. An answer without any content is one too, unless `emptyAnswer` is
 * `next`.
 */
export function judgeMessage(
  value: Readonly<Record<string, unknown>>,
  { emptyAnswer }: Pick<Quirks, 'emptyAnswer'>,
): JsonVerdict {
  const { type, content, stop_reason: reason, usage } = value;
  if (!Array.isArray(content) || (type !== 'message' && typeof reason !== 'string'))
    return { kind: 'unusable', problem: 'The answer is not a message.' };
  const outputs = content.map(blockOutput).filter((bytes) => bytes !== undefined);
  if (outputs.length === 0 && emptyAnswer === 'next')
    return { kind: 'unusable', problem: 'The answer has no content.' };
  const outputBytes = outputs.reduce((sum, bytes) => sum + bytes, 0);
  return { kind: 'answer', value, usage: readUsage(usage), outputBytes };
}
