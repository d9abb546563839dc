import type { Quirks } from '../../../domain/chain.ts';
import { errorIn } from '../../../refusals/error-in-answer.ts';
import type { ReportedError } from '../../../domain/provider-error.ts';
import type { JsonVerdict } from '../../codec.ts';
import { outputBytesOfAll } from './output.ts';
import { readResponseUsage } from './usage.ts';

/**
 * Judges a response: one that is completed or incomplete, with a list of output, is an answer. With `emptyAnswer: next` a completed one must hold output. One
 * that failed is an error, also where it does not say why.
 */
export function judgeResponse(
  value: Readonly<Record<string, unknown>>,
  { emptyAnswer }: Pick<Quirks, 'emptyAnswer'>,
): JsonVerdict {
  const { status, output } = value;
  if (status === 'failed') return { kind: 'unusable', problem: 'The response failed.', error: failureOf(value) };
  if (!Array.isArray(output)) return { kind: 'unusable', problem: 'The answer has no output.' };
  if (status !== 'completed' && status !== 'incomplete')
    return { kind: 'unusable', problem: 'The response is not complete.' };
  const bytes = outputBytesOfAll(output);
  if (emptyAnswer === 'next' && status === 'completed' && bytes === undefined)
    return { kind: 'unusable', problem: 'The answer has no content.' };
  return { kind: 'answer', value, usage: readResponseUsage(value['usage']), outputBytes: bytes ?? 0 };
}

/** The error of a response that failed. */
export function failureOf({ error }: Readonly<Record<string, unknown>>): ReportedError | undefined {
  return errorIn({ type: 'error', error: error ?? { message: 'The response failed.' } });
}
