import type { AttemptResult } from './answer.ts';
import { attempt } from './attempt.ts';
import type { AttemptOptions, AttemptTools } from './reception.ts';

/** Remembers which of our own parameters a model at an account refused. Bounded; in memory. */
export interface Refusals {
  of(account: string, model: string): ReadonlySet<string>;
  learn(account: string, model: string, parameter: string): void;
}

/** Account and model pairs remembered at most. */
const MOST_MODELS = 10_000;
const NONE: ReadonlySet<string> = new Set();

/** Makes an empty memory of refused parameters. */
export function createRefusals(): Refusals {
  const known = new Map<string, Set<string>>();
  return {
    of: (account, model) => known.get(`${account}/${model}`) ?? NONE,
    learn(account, model, parameter) {
      const key = `${account}/${model}`;
      if (known.size >= MOST_MODELS) known.clear();
      known.set(key, new Set([...(known.get(key) ?? []), parameter]));
    },
  };
}

/** How an entry is tried: an attempt's options, without what the memory of refusals supplies. */
export type TryOptions = Omit<AttemptOptions, 'without'>;

/**
 * Tries one entry. A 400 or 422 that takes offence at a parameter of *ours* is not the caller's mistake: it is remembered and the entry
 * asked once more without it.
 */
export async function tryEntry(tools: AttemptTools, refusals: Refusals, options: TryOptions): Promise<AttemptResult> {
  const { account, model } = options.target;
  const startedAt = tools.clock.now();
  const first = await attempt(tools, { ...options, without: refusals.of(account, model) });
  const parameter = first.kind === 'failed' ? refusedOfOurs(first) : undefined;
  if (parameter === undefined || options.signal.aborted) return first;
  refusals.learn(account, model, parameter);
  const commitWithin = Math.max(0, options.commitWithin - (tools.clock.now() - startedAt));
  return attempt(tools, { ...options, commitWithin, without: refusals.of(account, model) });
}

function refusedOfOurs({ failure, added }: Extract<AttemptResult, { kind: 'failed' }>): string | undefined {
  if (failure.kind !== 'rejected' || (failure.status !== 400 && failure.status !== 422)) return undefined;
  const named = failure.reading?.stripParam ?? failure.reading?.error.param ?? '';
  return added.find((parameter) => named.startsWith(parameter) || failure.message.includes(parameter));
}
