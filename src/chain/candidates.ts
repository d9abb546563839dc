import type { Chain, Entry } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ReadingClass } from '../domain/reading.ts';
import type { Hold, LimitState, Obstacle, Take, TakeOptions } from '../state/limit-state.ts';
import type { LastResorts } from './last-resorts.ts';
import type { Planned } from './plan/planned.ts';
import type { Queues } from './queue/queues.ts';
import type { QueueListener, QueueResult } from './queue/waiter.ts';

/** The next target to try, with its reservation. */
export interface Selected {
  readonly kind: 'selected';
  readonly planned: Planned;
  readonly hold: Hold;
}

/** No entry remains to be tried; `waited` says why queueing did not help, where the request was queued. */
export interface NoneLeft {
  readonly kind: 'none';
  readonly waited: Exclude<QueueResult['kind'], 'taken'> | undefined;
}

/** A target that may be tried once nothing stands against it, with what stands against it now. */
export interface Remaining {
  readonly planned: Planned;
  readonly obstacle: Obstacle | undefined;
}

/** Tries each target once, in plan order. Targets skipped for a limit are revisited once the limit clears. */
export interface Candidates {
  /** The next target. Waits only where the chain has a queue and an entry recovers in time; ends with the request's signal. */
  next(): Promise<Selected | NoneLeft>;
  /**
   * Takes the first target on another server than `than` that has not failed, has nothing against it and is suited. Never waits for one;
   * undefined without any.
   */
  spare(than: Planned, isSuited: (planned: Planned) => boolean): Promise<Selected | undefined>;
  /** Removes what cannot serve this request after a failure of a target. */
  failed(planned: Planned, failure: Failure): void;
  /** Number of entries that could be tried now, the selected one included. */
  usable(selected: Planned): number;
  /** Every target that may still be tried when it recovers. */
  remaining(): readonly Remaining[];
}

/** What the candidates of one request depend on. */
export interface CandidatesOptions {
  readonly chain: Chain;
  readonly state: LimitState;
  readonly queues: Queues;
  readonly lastResorts: LastResorts;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Id of the principal, for a fair order in the queue. */
  readonly principal: string;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** The targets that may be tried at all, in order. */
  readonly planned: readonly Planned[];
  /** Called once for each target that is skipped for an obstacle. */
  readonly onSkipped: (planned: Planned, obstacle: Obstacle) => void;
  /** Called each time the request has waited in the queue, with the milliseconds. */
  readonly onWaited: (ms: number) => void;
  /** Called each time the request is about to queue: what is to be notified of its place, or undefined. */
  readonly queueListener: () => QueueListener | undefined;
}

/** Classes that concern the key or its account's limits: another key of the same entry may serve. */
const CONCERNS_KEY: ReadonlySet<ReadingClass> = new Set([
  'rate_limited',
  'quota_day',
  'no_money',
  'auth',
  'model_gone',
  'too_large_for_limit',
]);

/** Failures after which an entry is not tried again for this request: it would only fail, or answer, in the same way. */
const UNSUITED: ReadonlySet<Failure['kind']> = new Set(['unsuited', 'refused', 'invalid_answer']);

/** Makes the candidates of one request. */
export function createCandidates(options: CandidatesOptions): Candidates {
  return new PlannedCandidates(options);
}

class PlannedCandidates implements Candidates {
  readonly #options: CandidatesOptions;
  /** Targets that can serve the request at all. */
  #suited: readonly Planned[];
  /** Targets that were not looked at yet. */
  #ahead: readonly Planned[];
  /** Targets that were skipped for an obstacle. */
  #skipped: readonly Planned[] = NO_TARGETS;
  #isNew = true;
  /** Targets that failed this request. */
  readonly #failed = new Set<Planned>();
  /** Entries that this request tries as a last resort, by any of their keys. */
  readonly #resorted = new Set<Entry>();
  #waitUntil: number | undefined;

  constructor(options: CandidatesOptions) {
    this.#options = options;
    this.#suited = options.planned;
    this.#ahead = options.planned;
  }

  async next(): Promise<Selected | NoneLeft> {
    const { chain, queues } = this.#options;
    const queueFirst = this.#isNew && chain.queue !== undefined && queues.size(chain.name) > 0;
    this.#isNew = false;
    // A new request queues behind requests that are already waiting.
    if (queueFirst) return this.#waitInQueue();
    const ahead = this.#fromAhead(await this.#take(this.#ahead));
    if (ahead !== undefined) return ahead;
    // The obstacle of a skipped target may have cleared while others were tried.
    const skipped = this.#fromSkipped(this.#skipped, await this.#take(this.#skipped));
    if (skipped !== undefined) return skipped;
    return (await this.#lastResort()) ?? this.#waitInQueue();
  }

  async spare(
    { target: { baseUrl } }: Planned,
    isSuited: (planned: Planned) => boolean,
  ): Promise<Selected | undefined> {
    const found = [...this.#ahead, ...this.#skipped].find(
      (each) =>
        each.target.baseUrl !== baseUrl && !this.#failed.has(each) && this.#look(each) === undefined && isSuited(each),
    );
    if (found === undefined) return undefined;
    const selected = selectedOf([found], await this.#take([found]));
    if (selected === undefined) return undefined;
    const stays = (each: Planned): boolean => each !== found;
    this.#ahead = this.#ahead.filter(stays);
    this.#skipped = this.#skipped.filter(stays);
    return selected;
  }

  failed(planned: Planned, failure: Failure): void {
    const otherKeysMayServe = failure.reading !== undefined && CONCERNS_KEY.has(failure.reading.class);
    const unsuited = UNSUITED.has(failure.kind);
    this.#failed.add(planned);
    // It was not tried, so that the next request may.
    if (failure.kind === 'gateway_overloaded' && this.#resorted.has(planned.entry))
      this.#options.lastResorts.release(planned.entry);
    const { class: kind, learned } = failure.reading ?? {};
    const tooSmall = kind === 'context_length' ? (learned?.contextTokens ?? windowOf(planned)) : undefined;
    const stays = (each: Planned): boolean => {
      if (each === planned) return !unsuited;
      // A prompt that is too long for one window only fits into a larger one.
      if (tooSmall !== undefined && (windowOf(each) ?? Infinity) <= tooSmall) return false;
      return otherKeysMayServe || each.entry !== planned.entry;
    };
    this.#ahead = this.#ahead.filter(stays);
    this.#skipped = this.#skipped.filter(stays);
    if (unsuited) this.#suited = this.#suited.filter(stays);
  }

  usable(planned: Planned): number {
    if (this.#ahead.length === 0) return 1;
    const entries = new Set([planned.entry]);
    for (const each of this.#ahead) if (this.#look(each) === undefined) entries.add(each.entry);
    return entries.size;
  }

  remaining(): readonly Remaining[] {
    return this.#suited.map((planned) => ({ planned, obstacle: this.#look(planned) }));
  }

  #look({ candidate }: Planned): Obstacle | undefined {
    return this.#options.state.look(candidate);
  }

  #take(from: readonly Planned[], options?: TakeOptions): Take | Promise<Take> {
    if (from.length === 0) return NOTHING_TAKEN;
    const candidates = from.map(({ candidate }) => candidate);
    return this.#options.state.take(candidates, options);
  }

  #fromAhead(take: Take): Selected | undefined {
    const ahead = this.#ahead;
    const { obstacles } = take;
    for (const [index, obstacle] of obstacles.entries()) {
      const planned = ahead[index];
      if (planned !== undefined) this.#options.onSkipped(planned, obstacle);
    }
    if (obstacles.length > 0) this.#skipped = [...this.#skipped, ...ahead.slice(0, obstacles.length)];
    this.#ahead = ahead.slice(obstacles.length + 1);
    return selectedOf(ahead, take);
  }

  #fromSkipped(from: readonly Planned[], take: Take): Selected | undefined {
    const selected = selectedOf(from, take);
    if (selected !== undefined) this.#skipped = this.#skipped.filter((each) => each !== selected.planned);
    return selected;
  }

  /** A target with an open breaker whose entry is due as a last resort. */
  async #lastResort(): Promise<Selected | undefined> {
    const { lastResorts, now } = this.#options;
    const failing = this.#failingTargets();
    if (failing.length === 0) return undefined;
    const entries = [...new Set(failing.map(({ entry }) => entry))];
    // Claimed before anything is awaited: of requests that arrive together only one may try an entry.
    const claimed = entries.filter((entry) => lastResorts.claim(entry, now()));
    const due = failing.filter(({ entry }) => claimed.includes(entry) || this.#resorted.has(entry));
    const selected = this.#fromSkipped(due, await this.#take(due, IGNORE_BREAKER));
    for (const entry of claimed) if (entry !== selected?.planned.entry) lastResorts.release(entry);
    if (selected !== undefined) this.#resorted.add(selected.planned.entry);
    return selected;
  }

  /** Targets with an open breaker, where the chain tries them at all; the one whose breaker closes first comes first. */
  #failingTargets(): readonly Planned[] {
    if (!this.#options.chain.lastResort) return NO_TARGETS;
    const failing = this.#skipped.flatMap((planned) => {
      const obstacle = this.#look(planned);
      return obstacle?.kind === 'breaker_open' ? [{ planned, retryAt: obstacle.retryAt ?? 0 }] : [];
    });
    return failing.toSorted((a, b) => a.retryAt - b.retryAt).map(({ planned }) => planned);
  }

  /** Targets worth waiting for: one that has just failed with nothing against it would only fail again. */
  #worthWaitingFor(): readonly Remaining[] {
    return this.remaining().filter(({ planned, obstacle }) => obstacle !== undefined || !this.#failed.has(planned));
  }

  async #waitInQueue(): Promise<Selected | NoneLeft> {
    const { chain, queues, now, deadlineAt, signal, principal, queueListener, onWaited } = this.#options;
    const limits = chain.queue;
    if (limits === undefined) return { kind: 'none', waited: undefined };
    this.#waitUntil ??= Math.min(now() + limits.maxWait, deadlineAt);
    const until = this.#waitUntil;
    const all = this.#worthWaitingFor();
    if (!all.some(({ obstacle }) => recoversBy(until, obstacle))) return { kind: 'none', waited: undefined };
    const candidates = all.map(({ planned }) => planned.candidate);
    const onQueued = queueListener();
    const since = now();
    const waited = await queues.wait(chain.name, { limits, principal, candidates, until, signal, onQueued });
    onWaited(now() - since);
    if (waited.kind !== 'taken') return { kind: 'none', waited: waited.kind };
    const planned = all[waited.index]?.planned;
    if (planned === undefined) return { kind: 'none', waited: undefined };
    // Time has passed, so the others may be tried again.
    this.#ahead = all.flatMap((each) => (each.planned === planned ? [] : [each.planned]));
    this.#skipped = NO_TARGETS;
    return { kind: 'selected', planned, hold: waited.hold };
  }
}

const IGNORE_BREAKER: TakeOptions = Object.freeze({ ignoreBreaker: true });
const NO_TARGETS: readonly Planned[] = Object.freeze([]);
const NOTHING_TAKEN: Take = Object.freeze({ index: undefined, hold: undefined, obstacles: Object.freeze([]) });

function selectedOf(from: readonly Planned[], { index, hold }: Take): Selected | undefined {
  const planned = index === undefined ? undefined : from[index];
  return planned === undefined || hold === undefined ? undefined : { kind: 'selected', planned, hold };
}

function recoversBy(until: number, obstacle: Obstacle | undefined): boolean {
  return obstacle?.kind !== 'too_large' && (obstacle?.retryAt ?? 0) <= until;
}

/** The configured context window of a model, in tokens; undefined where none is configured. */
function windowOf({ target }: Planned): number | undefined {
  return target.capabilities.contextTokens;
}
