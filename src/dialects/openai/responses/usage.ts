import type { Usage } from '../../../domain/usage.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { readUsage } from '../usage.ts';

/** Reads the `usage` object of a response, with the members that compatible providers add. Undefined where it counts nothing. */
export function readResponseUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  return readUsage({
    ...value,
    prompt_tokens: value['input_tokens'],
    prompt_tokens_details: fieldsOf(value['input_tokens_details']),
    completion_tokens: value['output_tokens'],
    completion_tokens_details: fieldsOf(value['output_tokens_details']),
  });
}

/** A usage as the `usage` object of a response, in which every count is required: those that are unknown are 0. */
export function responseUsage({
  input = 0,
  output = 0,
  cachedInput = 0,
  cacheWrite = 0,
  reasoning = 0,
}: Usage): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cachedInput, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
