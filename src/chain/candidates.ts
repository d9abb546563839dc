import type { Chain } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ReadingClass } from '../domain/reading.ts';
import type { Hold, LimitState, Obstacle, Take } from '../state/limit-state.ts';
import type { Planned } from './plan/planned.ts';
import type { Waited } from './queue/queue.ts';
import type { Queues } from './queue/queues.ts';

/** Whose turn it is, with what is booked for him. */
export interface Turn {
  readonly kind: 'turn';
  readonly planned: Planned;
  readonly hold: Hold;
}

/** There is nobody left to ask; where it was waited for somebody, why that was in vain. */
export interface Nobody {
  readonly kind: 'nobody';
  readonly waited: Exclude<Waited['kind'], 'taken'> | undefined;
}

/** A walk down a plan: each is asked once, in its order, and those that are no longer in the way of anything come again. */
export interface Turns {
  /** Waits only where the chain has a queue and everyone heals soon. Ends with the request's signal. */
  next(): Promise<Turn | Nobody>;
  /** What became of a turn: who cannot serve this request either has no turn any more. */
  failed(turn: Turn, failure: Failure): void;
  /** How many entries could be asked now, this turn's included. */
  usable(turn: Turn): number;
  /** All who may still be asked when they heal, with what stands against each now. */
  standing(): readonly { readonly planned: Planned; readonly obstacle: Obstacle | undefined }[];
}

/** What turns follow from. */
export interface TurnsOptions {
  readonly chain: Chain;
  readonly state: LimitState;
  readonly queues: Queues;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly principal: string;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** Those that may be tried at all, in order. */
  readonly planned: readonly Planned[];
  /** Told of each that is passed over, once. */
  readonly onPassed: (planned: Planned, obstacle: Obstacle) => void;
}

/** What is told of the key or of its account's limits: another key of the same entry may serve. */
const OF_KEY: ReadonlySet<ReadingClass> = new Set([
  'rate_limited',
  'quota_day',
  'no_money',
  'auth',
  'model_gone',
  'too_large_for_limit',
]);

/** Starts a walk. */
export function takeTurns(options: TurnsOptions): Turns {
  return new Walk(options);
}

class Walk implements Turns {
  readonly #options: TurnsOptions;
  #fit: readonly Planned[];
  #ahead: readonly Planned[];
  #passed: readonly Planned[] = NOBODY;
  #arriving = true;
  /** Those who have failed this request. */
  readonly #tried = new Set<Planned>();
  #waitUntil: number | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#fit = options.planned;
    this.#ahead = options.planned;
  }

  async next(): Promise<Turn | Nobody> {
    const { chain, queues } = this.#options;
    const overtaking = this.#arriving && chain.queue !== undefined && queues.size(chain.name) > 0;
    this.#arriving = false;
    // Who comes while others wait does not overtake them.
    if (overtaking) return this.#waitInLine();
    const ahead = this.#fromAhead(await this.#take(this.#ahead));
    if (ahead !== undefined) return ahead;
    // What was in the way of those who were passed over may have gone while others were asked.
    const passed = this.#fromPassed(this.#passed, await this.#take(this.#passed));
    if (passed !== undefined) return passed;
    const broken = this.#leastBadFirst();
    return this.#fromPassed(broken, await this.#take(broken, true)) ?? this.#waitInLine();
  }

  failed({ planned }: Turn, failure: Failure): void {
    const ofKey = failure.reading !== undefined && OF_KEY.has(failure.reading.class);
    const unsuited = failure.kind === 'unsuited';
    this.#tried.add(planned);
    const { class: kind, learned } = failure.reading ?? {};
    const tooSmall = kind === 'context_length' ? (learned?.contextTokens ?? windowOf(planned)) : undefined;
    const stays = (each: Planned): boolean => {
      if (each === planned) return !unsuited;
      // What did not fit there fits only where there is more room.
      if (tooSmall !== undefined && (windowOf(each) ?? Infinity) <= tooSmall) return false;
      return ofKey || each.entry !== planned.entry;
    };
    this.#ahead = this.#ahead.filter(stays);
    this.#passed = this.#passed.filter(stays);
    if (unsuited) this.#fit = this.#fit.filter(stays);
  }

  usable({ planned }: Turn): number {
    if (this.#ahead.length === 0) return 1;
    const entries = new Set([planned.entry]);
    for (const each of this.#ahead) if (this.#look(each) === undefined) entries.add(each.entry);
    return entries.size;
  }

  standing(): ReturnType<Turns['standing']> {
    return this.#fit.map((planned) => ({ planned, obstacle: this.#look(planned) }));
  }

  #look({ candidate }: Planned): Obstacle | undefined {
    return this.#options.state.look(candidate);
  }

  #take(from: readonly Planned[], despiteBreaker = false): Take | Promise<Take> {
    if (from.length === 0) return NOBODY_TAKEN;
    const candidates = from.map(({ candidate }) => candidate);
    return this.#options.state.take(candidates, despiteBreaker);
  }

  #fromAhead(take: Take): Turn | undefined {
    const ahead = this.#ahead;
    const { obstacles } = take;
    for (const [index, obstacle] of obstacles.entries()) {
      const planned = ahead[index];
      if (planned !== undefined) this.#options.onPassed(planned, obstacle);
    }
    if (obstacles.length > 0) this.#passed = [...this.#passed, ...ahead.slice(0, obstacles.length)];
    this.#ahead = ahead.slice(obstacles.length + 1);
    return turnOf(ahead, take);
  }

  #fromPassed(from: readonly Planned[], take: Take): Turn | undefined {
    const turn = turnOf(from, take);
    if (turn !== undefined) this.#passed = this.#passed.filter((each) => each !== turn.planned);
    return turn;
  }

  /** Those that keep failing, if they are asked at all, the one that is to be asked again first before the others. */
  #leastBadFirst(): readonly Planned[] {
    if (!this.#options.chain.lastResort) return NOBODY;
    const broken = this.#passed.flatMap((planned) => {
      const obstacle = this.#look(planned);
      return obstacle?.kind === 'breaker_open' ? [{ planned, until: obstacle.retryAt ?? 0 }] : [];
    });
    return broken.toSorted((a, b) => a.until - b.until).map(({ planned }) => planned);
  }

  /** Those who are worth waiting for: who has just failed with nothing in his way would only fail again. */
  #hopeful(): ReturnType<Turns['standing']> {
    return this.standing().filter(({ planned, obstacle }) => obstacle !== undefined || !this.#tried.has(planned));
  }

  async #waitInLine(): Promise<Turn | Nobody> {
    const { chain, queues, now, deadlineAt, signal, principal } = this.#options;
    const limits = chain.queue;
    if (limits === undefined) return { kind: 'nobody', waited: undefined };
    this.#waitUntil ??= Math.min(now() + limits.maxWait, deadlineAt);
    const until = this.#waitUntil;
    const all = this.#hopeful();
    const heals = (obstacle: Obstacle | undefined): boolean =>
      obstacle?.kind !== 'too_large' && (obstacle?.retryAt ?? 0) <= until;
    if (!all.some(({ obstacle }) => heals(obstacle))) return { kind: 'nobody', waited: undefined };
    const candidates = all.map(({ planned }) => planned.candidate);
    const waited = await queues.wait(chain.name, { limits, principal, candidates, until, signal });
    if (waited.kind !== 'taken') return { kind: 'nobody', waited: waited.kind };
    const planned = all[waited.index]?.planned;
    if (planned === undefined) return { kind: 'nobody', waited: undefined };
    // Time has passed for all of them.
    this.#ahead = all.flatMap((each) => (each.planned === planned ? [] : [each.planned]));
    this.#passed = NOBODY;
    return { kind: 'turn', planned, hold: waited.hold };
  }
}

const NOBODY: readonly Planned[] = Object.freeze([]);
const NOBODY_TAKEN: Take = Object.freeze({ index: undefined, hold: undefined, obstacles: Object.freeze([]) });

function turnOf(from: readonly Planned[], { index, hold }: Take): Turn | undefined {
  const planned = index === undefined ? undefined : from[index];
  return planned === undefined || hold === undefined ? undefined : { kind: 'turn', planned, hold };
}

/** The context window of a model as it is configured; undefined where it is not. */
function windowOf({ target }: Planned): number | undefined {
  return target.capabilities.contextTokens;
}
