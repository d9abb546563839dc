import type { Chain } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ReadingClass } from '../domain/reading.ts';
import type { Hold, LimitState, Obstacle } from '../state/limit-state.ts';
import type { Planned } from './planned.ts';
import type { Waited } from './line.ts';
import type { Queues } from './queue.ts';

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
  const { chain, state, queues, now } = options;
  let fit = options.planned;
  let ahead = options.planned;
  let passed: readonly Planned[] = [];
  let arriving = true;
  /** Those who have failed this request once. */
  const tried = new Set<Planned>();
  let waitUntil: number | undefined;

  async function take(from: readonly Planned[], despiteBreaker = false) {
    const { index, hold, obstacles } = await state.take(
      from.map(({ candidate }) => candidate),
      despiteBreaker,
    );
    const planned = index === undefined ? undefined : from[index];
    const turn: Turn | undefined =
      planned === undefined || hold === undefined ? undefined : { kind: 'turn', planned, hold };
    return { turn, obstacles };
  }

  async function takeAhead(): Promise<Turn | undefined> {
    if (ahead.length === 0) return undefined;
    const { turn, obstacles } = await take(ahead);
    const over = ahead.slice(0, obstacles.length);
    for (const [index, obstacle] of obstacles.entries()) {
      const planned = over[index];
      if (planned !== undefined) options.onPassed(planned, obstacle);
    }
    passed = [...passed, ...over];
    ahead = ahead.slice(obstacles.length + 1);
    return turn;
  }

  /** What was in the way may have gone while others were asked. */
  async function takePassed(): Promise<Turn | undefined> {
    if (passed.length === 0) return undefined;
    const { turn } = await take(passed);
    if (turn !== undefined) passed = passed.filter((each) => each !== turn.planned);
    return turn;
  }

  /** Of those that keep failing the one that is to be asked again first. */
  async function takeLeastBad(): Promise<Turn | undefined> {
    if (!chain.lastResort) return undefined;
    const broken = passed.flatMap((planned) => {
      const obstacle = state.look(planned.candidate);
      return obstacle?.kind === 'breaker_open' ? [{ planned, until: obstacle.until ?? 0 }] : [];
    });
    if (broken.length === 0) return undefined;
    const { turn } = await take(
      broken.toSorted((a, b) => a.until - b.until).map(({ planned }) => planned),
      true,
    );
    if (turn !== undefined) passed = passed.filter((each) => each !== turn.planned);
    return turn;
  }

  function standing(): ReturnType<Turns['standing']> {
    return fit.map((planned) => ({ planned, obstacle: state.look(planned.candidate) }));
  }

  /** Those who are worth waiting for: who has just failed with nothing in his way would only fail again. */
  function hopeful(): ReturnType<Turns['standing']> {
    return standing().filter(({ planned, obstacle }) => obstacle !== undefined || !tried.has(planned));
  }

  async function waitInLine(): Promise<Turn | Nobody> {
    const limits = chain.queue;
    if (limits === undefined) return { kind: 'nobody', waited: undefined };
    waitUntil ??= Math.min(now() + limits.maxWait, options.deadlineAt);
    const until = waitUntil;
    const all = hopeful();
    const heals = (obstacle: Obstacle | undefined): boolean =>
      obstacle?.kind !== 'too_large' && (obstacle?.until ?? 0) <= until;
    if (!all.some(({ obstacle }) => heals(obstacle))) return { kind: 'nobody', waited: undefined };
    const { signal, principal } = options;
    const candidates = all.map(({ planned }) => planned.candidate);
    const waited = await queues.wait(chain.name, { limits, principal, candidates, until, signal });
    if (waited.kind !== 'taken') return { kind: 'nobody', waited: waited.kind };
    const planned = all[waited.index]?.planned;
    if (planned === undefined) return { kind: 'nobody', waited: undefined };
    // Time has passed for all of them.
    ahead = all.flatMap((each) => (each.planned === planned ? [] : [each.planned]));
    passed = [];
    return { kind: 'turn', planned, hold: waited.hold };
  }

  return {
    async next() {
      // Who comes while others wait does not overtake them.
      if (arriving && chain.queue !== undefined && queues.size(chain.name) > 0) {
        const turn = await waitInLine();
        arriving = false;
        return turn;
      }
      arriving = false;
      return (await takeAhead()) ?? (await takePassed()) ?? (await takeLeastBad()) ?? waitInLine();
    },
    failed({ planned }, failure) {
      const ofKey = failure.reading !== undefined && OF_KEY.has(failure.reading.class);
      const unsuited = failure.kind === 'unsuited';
      tried.add(planned);
      const { class: kind, learned } = failure.reading ?? {};
      const tooSmall = kind === 'context_length' ? (learned?.contextTokens ?? windowOf(planned)) : undefined;
      const stays = (each: Planned): boolean => {
        if (each === planned) return !unsuited;
        // What did not fit there fits only where there is more room.
        if (tooSmall !== undefined && (windowOf(each) ?? Infinity) <= tooSmall) return false;
        return ofKey || each.entry !== planned.entry;
      };
      ahead = ahead.filter(stays);
      passed = passed.filter(stays);
      if (unsuited) fit = fit.filter(stays);
    },
    usable({ planned }) {
      const entries = new Set([planned.entry]);
      for (const each of ahead) if (state.look(each.candidate) === undefined) entries.add(each.entry);
      return entries.size;
    },
    standing,
  };
}

/** The context window of a model as it is configured; undefined where it is not. */
function windowOf({ target }: Planned): number | undefined {
  return target.capabilities.contextTokens;
}
