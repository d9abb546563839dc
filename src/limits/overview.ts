import type { Chain, Entry, Target } from '../domain/chain.ts';
import type { EntryState, LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import { abortError } from '../domain/abort-error.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import type { Overload } from '../overload/overload.ts';
import type { LimitState, Obstacle } from '../state/limit-state.ts';
import type { RefusingEntries } from './refusing-entries.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Speeds } from '../targets/speeds.ts';

/** What is known of limits, for operators. Times in milliseconds since the epoch. */
export interface Overview {
  /** Returns one row for each model of these chains under each of its keys, without duplicates. */
  rows(chains: readonly Chain[]): readonly LimitStatus[];
  /** Returns the state of an entry: `ready` if one of its targets is, else the state of the target that may be tried first. */
  entry(entry: Entry): EntryStatus;
  /**
   * Yields all rows, and then each row that changes, at most ten times a second, while the gateway is overloaded once a second. Ends when the consumer stops
   * iterating; throws an abort error when the signal aborts. `chains` is called each time, so that a new configuration shows.
   */
  watch(chains: () => readonly Chain[], signal: AbortSignal): AsyncGenerator<LimitStatus, void, undefined>;
}

/** What an overview reads. */
export interface OverviewOptions {
  readonly state: LimitState;
  readonly speeds: Speeds;
  readonly budget: RetryBudget;
  readonly refusingEntries: RefusingEntries;
  readonly clock: Clock;
  readonly overload: Pick<Overload, 'level'>;
}

/** Changes within this many milliseconds are reported together. */
const BATCH_MS = 100;
/** The same while the gateway is overloaded. */
const OVERLOADED_BATCH_MS = 1000;

/** Returns the overview of a limit state. */
export function createOverview(options: OverviewOptions): Overview {
  const { state, speeds, budget, refusingEntries, clock, overload } = options;

  function readinessOf(target: Target): Pick<LimitStatus, 'state' | 'reason' | 'retry_at'> {
    // The smallest possible request, so that only obstacles of every request show.
    const obstacle = state.look({ target, tokens: 1, lease: 0 });
    if (obstacle === undefined) {
      const refusals = refusingEntries.refusals(target);
      if (refusals === undefined) return { state: 'ready', reason: null, retry_at: null };
      const reason = `refused ${refusals} requests in a row that others answered`;
      return { state: 'refusing', reason, retry_at: null };
    }
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
      ...readinessOf(target),
      windows: windows.map(({ resetAt, used, reserved, ...rest }) => ({
        ...rest,
        used: Math.ceil(used),
        reserved: Math.ceil(reserved),
        resets_at: resetAt === undefined ? null : Math.round(resetAt),
      })),
      running: concurrency.running,
      concurrency: concurrency.limit ?? null,
      concurrency_source: sourceOf(target.limits),
      first_token_ms: roundOr(speeds.firstTokenMs(target)),
      retries_refused: budget.refused(target.counterKey),
    };
  }

  const rows = (chains: readonly Chain[]): readonly LimitStatus[] => targetsOf(chains).map(row);

  return {
    rows,
    entry({ provider, model, targets }) {
      const all = targets.map(readinessOf);
      const soonest = all.toSorted((a, b) => (a.retry_at ?? Infinity) - (b.retry_at ?? Infinity))[0];
      const best =
        all.find(({ state: each }) => each === 'ready') ??
        all.find(({ state: each }) => each === 'refusing') ??
        soonest;
      return { provider, model, ...(best ?? { state: 'ready', reason: null, retry_at: null }) };
    },
    async *watch(chains, signal) {
      const reported = new Map<string, string>();
      while (!signal.aborted) {
        const wake = Promise.withResolvers<void>();
        using _watching = state.watch(() => wake.resolve());
        using _aborted = onAbort(signal, () => wake.resolve());
        let next = Infinity;
        for (const target of targetsOf(chains())) {
          // Made when it is its turn: a slow consumer gets the row as it is then.
          const each = row(target);
          next = Math.min(next, each.retry_at ?? Infinity);
          const text = JSON.stringify(each);
          if (reported.get(each.id) === text) continue;
          reported.set(each.id, text);
          yield each;
        }
        // The state does not report a cooldown or a window that merely expires.
        using _expiry = Number.isFinite(next)
          ? clock.timer(Math.max(1, next - clock.now()), () => wake.resolve())
          : undefined;
        await wake.promise;
        await pause(clock, overload.level > 0 ? OVERLOADED_BATCH_MS : BATCH_MS, signal);
      }
      throw abortError(abortCode(signal));
    },
  };
}

function sourceOf({ concurrency, adaptsConcurrency }: Target['limits']): LimitStatus['concurrency_source'] {
  if (adaptsConcurrency === true) return 'adapted';
  return concurrency === undefined ? null : 'configured';
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
