import type { Chain, Entry, Target } from '../domain/chain.ts';
import type { EntryState, LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import { abortError } from '../domain/abort-error.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import type { LimitState, Obstacle } from '../state/limit-state.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Speeds } from '../targets/speeds.ts';

/** What is known of limits, for operators. */
export interface Overview {
  /** Every model of these chains under each of its keys, once. */
  rows(chains: readonly Chain[]): readonly LimitStatus[];
  entry(entry: Entry): EntryStatus;
  /**
   * All rows, and then each that changes, at most ten times a second. Ends when its reader leaves, and fails as given up when the signal
   * aborts. `chains` is asked each time, so that a new configuration shows.
   */
  watch(chains: () => readonly Chain[], signal: AbortSignal): AsyncGenerator<LimitStatus, void, undefined>;
}

/** What an overview looks at. */
export interface OverviewOptions {
  readonly state: LimitState;
  readonly speeds: Speeds;
  readonly budget: RetryBudget;
  readonly clock: Clock;
}

/** Changes are told together when they come within so many milliseconds. */
const TOGETHER_MS = 100;

/** Makes the overview of a state. */
export function createOverview({ state, speeds, budget, clock }: OverviewOptions): Overview {
  function standing(target: Target): Pick<LimitStatus, 'state' | 'reason' | 'retry_at'> {
    // The smallest request there is, so that only what stands against all of them shows.
    const obstacle = state.look({ target, tokens: 1, lease: 0 });
    if (obstacle === undefined) return { state: 'ready', reason: null, retry_at: null };
    const retryAt = 'retryAt' in obstacle && obstacle.retryAt !== undefined ? Math.round(obstacle.retryAt) : null;
    return { state: STATES[obstacle.kind], reason: reasonOf(obstacle), retry_at: retryAt };
  }

  function row(target: Target): LimitStatus {
    const { provider, model, keyNumber } = target;
    const { windows, concurrency } = state.status(target);
    return {
      id: idOf(target),
      object: 'limit',
      provider,
      model,
      key: keyNumber ?? null,
      ...standing(target),
      windows: windows.map(({ resetAt, used, ...rest }) => ({
        ...rest,
        used: Math.ceil(used),
        resets_at: resetAt === undefined ? null : Math.round(resetAt),
      })),
      running: concurrency.running,
      concurrency: concurrency.limit ?? null,
      first_token_ms: roundOr(speeds.expected(target, true)),
      retries_refused: budget.refused(target.counterKey),
    };
  }

  const rows = (chains: readonly Chain[]): readonly LimitStatus[] => targetsOf(chains).map(row);

  return {
    rows,
    entry({ provider, model, targets }) {
      const all = targets.map(standing);
      const soonest = all.toSorted((a, b) => (a.retry_at ?? Infinity) - (b.retry_at ?? Infinity))[0];
      const best = all.find((each) => each.state === 'ready') ?? soonest;
      return { provider, model, ...(best ?? { state: 'ready', reason: null, retry_at: null }) };
    },
    async *watch(chains, signal) {
      const told = new Map<string, string>();
      while (!signal.aborted) {
        const wake = Promise.withResolvers<void>();
        using _watching = state.watch(() => wake.resolve());
        using _left = onAbort(signal, () => wake.resolve());
        const now = rows(chains());
        for (const each of now) {
          const text = JSON.stringify(each);
          if (told.get(each.id) === text) continue;
          told.set(each.id, text);
          yield each;
        }
        // What heals by the passing of time alone tells nobody.
        const next = Math.min(...now.flatMap(({ retry_at: retryAt }) => (retryAt === null ? [] : [retryAt])));
        using _heals = Number.isFinite(next)
          ? clock.timer(Math.max(1, next - clock.now()), () => wake.resolve())
          : undefined;
        await wake.promise;
        await pause(clock, TOGETHER_MS, signal);
      }
      throw abortError(abortCode(signal));
    },
  };
}

const STATES: Readonly<Record<Obstacle['kind'], EntryState>> = Object.freeze({
  cooling_down: 'cooling_down',
  breaker_open: 'failing',
  limited: 'limited',
  too_large: 'limited',
});

function reasonOf(obstacle: Obstacle): string {
  if (obstacle.kind === 'cooling_down') return obstacle.reason;
  return obstacle.kind === 'breaker_open' ? 'overloaded' : obstacle.window;
}

function idOf({ provider, model, keyNumber }: Target): string {
  return `${provider}/${model}${keyNumber === undefined ? '' : `#${keyNumber}`}`;
}

function targetsOf(chains: readonly Chain[]): readonly Target[] {
  const all = chains.flatMap(({ entries }) => entries.flatMap(({ targets }) => targets));
  return [...new Map(all.map((target) => [idOf(target), target])).values()];
}

function roundOr(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
