import type { Operation } from '../domain/operation.ts';
import type { Usage } from '../domain/usage.ts';
import { isRecord } from '../lib/record.ts';

/** UTF-8 bytes of mixed text that make one token, averaged over the providers' tokenizers. */
const BYTES_PER_TOKEN = 3.3;
/** Tokens of an image, a sound or a file, whatever its size: about what providers count for a large image. */
const TOKENS_PER_ATTACHMENT = 1000;

/** Usage of an answer whose provider reported none: the prompt by its operation's estimate, the output by its bytes. */
export function estimateUsage(operation: Operation, input: unknown, outputBytes: number): Usage {
  return {
    input: operation.promptTokensOf(input),
    output: Math.ceil(outputBytes / BYTES_PER_TOKEN),
    source: 'estimated',
  };
}

/**
 * Estimated tokens of all text in a value, and of its attachments: objects whose `type` is in the set. Without recursion and linear in the
 * value: a client chooses how deep its input is.
 */
export function tokensOf(input: unknown, attachments: ReadonlySet<unknown>): number {
  const open: unknown[] = [input];
  let bytes = 0;
  let attached = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (Array.isArray(value)) for (const item of value) open.push(item);
    else if (isRecord(value)) {
      if (attachments.has(value['type'])) attached++;
      // `Object.values` would be a call into V8's runtime.
      else for (const name of Object.keys(value)) open.push(value[name]);
    }
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN) + attached * TOKENS_PER_ATTACHMENT;
}
