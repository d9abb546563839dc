import type { Emit } from '../domain/events.ts';
import type { OutcomeKind } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import { SlidingCounts } from '../lib/sliding-counts.ts';

/** A failed attempt. */
export interface FailedAttempt {
  /** When its outcome was known, in milliseconds since the epoch. */
  readonly at: number;
  readonly requestId: string;
  readonly outcome: OutcomeKind;
  /** HTTP status of the reply; undefined without one. */
  readonly status: number | undefined;
}

/** How the attempts at one model under one key have ended. A stream counts when it is committed, whatever follows. */
export interface TargetStats {
  /** Attempts of the last minute and of the last hour that show whether the target works, and those of them that answered. */
  readonly minute: { readonly good: number; readonly all: number };
  readonly hour: { readonly good: number; readonly all: number };
  /** Percentiles of the milliseconds to the first token, of the last 100 streams; undefined without one. */
  readonly firstTokenMs: { readonly p50: number; readonly p95: number } | undefined;
  /** The newest one first, at most 5. */
  readonly failures: readonly FailedAttempt[];
}

/** What names the stats of a target. */
export type StatsName = Pick<TrailStep, 'provider' | 'model' | 'key'>;

/** Counts attempts by target. */
export interface AttemptStats {
  /** The listener that counts; takes less than a microsecond. */
  readonly listen: Emit;
  /** What was counted; undefined where nothing was. */
  of(name: StatsName): TargetStats | undefined;
}

/** Options of `createAttemptStats`. */
export interface AttemptStatsOptions {
  readonly clock: Clock;
  /** Whether the configuration names a model. All others of a provider are counted together as the model `*`, because clients name them. */
  readonly isConfigured: (provider: string, model: string) => boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The models of former configurations are dropped first. Each takes about 2 KB. */
const MOST_TARGETS = 5000;
const MOST_FAILURES = 5;
const MOST_TIMES = 100;

/** Whether an outcome shows that a target works, that it does not, or nothing: the client's fault, or the client's end. */
const SHOWS: Readonly<Record<OutcomeKind, 'works' | 'fails' | undefined>> = Object.freeze({
  answered: 'works',
  throttled: 'fails',
  exhausted: 'fails',
  overloaded: 'fails',
  unreachable: 'fails',
  silent: 'fails',
  malformed: 'fails',
  unauthorised: 'fails',
  unknown_model: 'fails',
  gateway_overloaded: undefined,
  invalid_answer: undefined,
  unsuited: undefined,
  refused: undefined,
  invalid_request: undefined,
  cancelled: undefined,
  skipped: undefined,
});

/** Makes the counts of one gateway, in memory. */
export function createAttemptStats({ clock, isConfigured }: AttemptStatsOptions): AttemptStats {
  const targets = new Map<string, Counted>();

  function countedAt(name: string): Counted {
    const known = targets.get(name);
    if (known !== undefined) return known;
    const made = new Counted();
    putBounded(targets, [name, made], MOST_TARGETS);
    return made;
  }

  return {
    listen(event) {
      if (event.kind !== 'attempt_finished') return;
      const { step, requestId } = event;
      const shows = SHOWS[step.outcome];
      if (shows === undefined) return;
      const model = isConfigured(step.provider, step.model) ? step.model : '*';
      countedAt(nameOf({ provider: step.provider, model, key: step.key })).record(step, requestId, clock.now());
    },
    of: (name) => targets.get(nameOf(name))?.stats(clock.now()),
  };
}

function nameOf({ provider, model, key }: StatsName): string {
  return `${provider}/${model}#${key ?? ''}`;
}

/** What is counted of one target. */
class Counted {
  readonly #minute = new SlidingCounts(MINUTE_MS, 12);
  readonly #hour = new SlidingCounts(HOUR_MS, 60);
  /** The newest times to the first token, used in turn. */
  readonly #times = new Float32Array(MOST_TIMES);
  #timed = 0;
  #failures: readonly FailedAttempt[] = [];

  record({ outcome, status, firstTokenMs }: TrailStep, requestId: string, at: number): void {
    const works = SHOWS[outcome] === 'works';
    this.#minute.record(works, at);
    this.#hour.record(works, at);
    if (!works) this.#failures = [{ at, requestId, outcome, status }, ...this.#failures.slice(0, MOST_FAILURES - 1)];
    else if (firstTokenMs !== undefined) this.#times[this.#timed++ % MOST_TIMES] = firstTokenMs;
  }

  stats(now: number): TargetStats {
    const times = this.#times.slice(0, this.#timed).toSorted();
    const rank = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? 0;
    return {
      minute: this.#minute.count(now),
      hour: this.#hour.count(now),
      firstTokenMs: times.length === 0 ? undefined : { p50: rank(0.5), p95: rank(0.95) },
      failures: this.#failures,
    };
  }
}
