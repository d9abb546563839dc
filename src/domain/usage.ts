import { isRecord } from '../lib/record.ts';

/** Tokens of one answer; an absent count is unknown, which is not zero. */
export interface Usage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  /** Counted by the vendor, or estimated by us where he said nothing. */
  readonly source: 'provider' | 'estimated';
}

/** Where the numbers of a request's usage come from; `none` where there are none. */
export type UsageSource = Usage['source'] | 'none';

/** Reads OpenAI's `usage` object; undefined when the value is not one. An explicit zero stays zero. */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const inputTokens = 'prompt_tokens' in value ? count(value.prompt_tokens) : undefined;
  const outputTokens = 'completion_tokens' in value ? count(value.completion_tokens) : undefined;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { inputTokens, outputTokens, source: 'provider' };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Mixed text in UTF-8, by what the vendors' tokenizers make of it. */
const BYTES_PER_TOKEN = 3.3;
/** An image, a sound or a file, whatever its size: about what vendors count for a large image. */
const TOKENS_PER_ATTACHMENT = 1000;
const ATTACHMENTS: ReadonlySet<unknown> = new Set(['image_url', 'input_audio', 'file']);

/** What an answer cost whose vendor did not say: the words asked and the bytes answered. Linear in the input. */
export function estimateUsage(input: unknown, outputBytes: number): Usage {
  const { bytes, attachments } = weigh(input);
  return {
    inputTokens: Math.ceil(bytes / BYTES_PER_TOKEN) + attachments * TOKENS_PER_ATTACHMENT,
    outputTokens: Math.ceil(outputBytes / BYTES_PER_TOKEN),
    source: 'estimated',
  };
}

/** Adds up texts without recursion: a caller chooses how deep his input is. */
function weigh(input: unknown): { readonly bytes: number; readonly attachments: number } {
  const open: unknown[] = [input];
  let bytes = 0;
  let attachments = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (Array.isArray(value)) for (const item of value) open.push(item);
    else if (isRecord(value)) {
      if (ATTACHMENTS.has(value['type'])) attachments++;
      // Its values at once would be a call into V8's runtime.
      else for (const name of Object.keys(value)) open.push(value[name]);
    }
  }
  return { bytes, attachments };
}
