import type { Usage } from '../../domain/usage.ts';
import { fieldsOf } from '../../lib/record.ts';

/** xAI reports cost in ticks of a ten-billionth of a US dollar (`cost_in_usd_ticks`, docs.x.ai). */
const TICKS_PER_DOLLAR = 1e10;

/**
 * Reads OpenAI's `usage` object with the members that compatible providers add (DeepSeek's `prompt_cache_hit_tokens`, OpenRouter's `cost`,
 * xAI's `cost_in_usd_ticks`). Undefined when the value is no such object or counts neither input nor output. An explicit zero stays zero.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = fieldsOf(value);
  const input = count(fields['prompt_tokens']);
  const completed = count(fields['completion_tokens']);
  if (input === undefined && completed === undefined) return undefined;
  const prompt = fieldsOf(fields['prompt_tokens_details']);
  const completion = fieldsOf(fields['completion_tokens_details']);
  const parts = {
    cachedInput: count(prompt['cached_tokens']) ?? count(fields['prompt_cache_hit_tokens']),
    cacheWrite: count(prompt['cache_write_tokens']),
    audioInput: count(prompt['audio_tokens']),
    reasoning: count(completion['reasoning_tokens']),
    audioOutput: count(completion['audio_tokens']),
  };
  const beside = completed === undefined ? 0 : tokensBeside(input, completed, count(fields['total_tokens']));
  const cost = costOf(fields);
  return withinWholes({
    input,
    output: completed === undefined ? undefined : completed + beside,
    ...parts,
    ...(cost === undefined ? {} : { cost }),
    source: 'provider',
    ...(beside > 0 && beside !== parts.reasoning ? { approximate: true } : {}),
  });
}

/**
 * xAI counts reasoning beside the completion, not within it, and Gemini does so without saying how much it is. The total shows it: what it
 * has beyond the input and the completion is output.
 */
function tokensBeside(input: number | undefined, completed: number, total: number | undefined): number {
  return input === undefined || total === undefined ? 0 : Math.max(0, total - input - completed);
}

/** Limits each part to its whole, and marks the usage as approximate where a part was larger. */
function withinWholes(usage: Usage): Usage {
  const { input = Infinity, output = Infinity } = usage;
  const within = {
    cachedInput: atMost(usage.cachedInput, input),
    cacheWrite: atMost(usage.cacheWrite, input),
    audioInput: atMost(usage.audioInput, input),
    reasoning: atMost(usage.reasoning, output),
    audioOutput: atMost(usage.audioOutput, output),
  };
  const cut = PARTS.some((part) => within[part] !== usage[part]);
  return cut ? { ...usage, ...within, approximate: true } : usage;
}

function atMost(part: number | undefined, whole: number): number | undefined {
  return part && Math.min(part, whole);
}

const PARTS = ['cachedInput', 'cacheWrite', 'audioInput', 'reasoning', 'audioOutput'] as const;

function costOf(fields: Readonly<Record<string, unknown>>): number | undefined {
  const ticks = count(fields['cost_in_usd_ticks']);
  return count(fields['cost']) ?? (ticks === undefined ? undefined : ticks / TICKS_PER_DOLLAR);
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
