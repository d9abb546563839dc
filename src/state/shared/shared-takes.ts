import type { Limits } from '../../domain/limits.ts';
import { background } from '../../lib/background.ts';
import type { Clock } from '../../lib/clock.ts';
import { loopTimer } from '../../lib/loop-timer.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type { Counter } from '../counter.ts';
import type {
  Candidate,
  Counted,
  CountedDemand,
  Hold,
  LimitLedger,
  Obstacle,
  Take,
  TakeAll,
  TakeOptions,
} from '../limit-state.ts';
import type { LocalParts } from '../local-state.ts';
import type { LinkTaken } from './account-link.ts';
import type { SharedMode } from './availability.ts';
import type { SharedCounts } from './counts.ts';
import type { Links } from './links.ts';

/** What takes over a shared ledger follow from. */
export interface SharedTakesParts {
  readonly local: LocalParts;
  readonly links: Links;
  readonly counts: Pick<SharedCounts, 'elect'>;
  readonly clock: Clock;
  /** How long a request waits for the ledger at most, in milliseconds. */
  readonly timeout: number;
  readonly mode: () => SharedMode;
  /** How many processes share the ledger, as far as that is known. */
  readonly fleet: () => number;
}

/** How long the probe of a half-open circuit breaker is one process's, in milliseconds: one whose client disconnects proves nothing, and must not keep the others away. */
const PROBE_MS = 5000;
/** Where another process probes, its result is looked for again after this time, in milliseconds. */
const PROBED_MS = 1000;

/**
 * Takes what requests need: of what has no limits at once, of everything else from the ledger, and from this process's share while the ledger does not answer. In
 * the tick of the ledger's reply it is booked here too.
 */
export function createSharedTakes(parts: SharedTakesParts): Pick<LimitLedger, 'take' | 'takeAll'> {
  return new Takes(parts);
}

type Decided = { readonly hold: Hold } | { readonly obstacle: Obstacle };

class Takes implements Pick<LimitLedger, 'take' | 'takeAll'> {
  readonly #parts: SharedTakesParts;

  constructor(parts: SharedTakesParts) {
    this.#parts = parts;
  }

  take(candidates: readonly Candidate[], options?: TakeOptions): Take | Promise<Take> {
    const obstacles: Obstacle[] = [];
    for (const [index, candidate] of candidates.entries()) {
      const decided = this.#decide(candidate, options);
      if (decided instanceof Promise) return this.#takeFrom({ candidates, index, obstacles, options }, decided);
      if ('hold' in decided) return { index, hold: decided.hold, obstacles };
      obstacles.push(decided.obstacle);
    }
    return { index: undefined, hold: undefined, obstacles };
  }

  takeAll(counted: readonly Counted[], demand: CountedDemand): TakeAll | Promise<TakeAll> {
    const { links, mode, clock, local } = this.#parts;
    const now = clock.now();
    const { tokens, minimumTokens = tokens / 2 } = demand;
    const wanted = counted.map((each) => {
      const { link, key } = links.of(each, () => local.owners.open(each, clock.now()));
      return { link, part: { key, tokens, minimumTokens } };
    });
    const link = wanted[0]?.link;
    if (link === undefined || mode() !== 'shared') return this.#takeAllLocally(counted, demand);
    for (const [index, { part }] of wanted.entries()) {
      const obstacle = part.key.refused(demand, now);
      const refused = counted[index];
      if (obstacle !== undefined && refused !== undefined) return { kind: 'refused', refused, obstacle };
    }
    const { promise, resolve } = Promise.withResolvers<TakeAll>();
    link.take(
      wanted.map(({ part }) => part),
      (taken) => resolve(this.#allDecided(counted, demand, taken)),
    );
    return promise;
  }

  async #takeFrom({ candidates, index, obstacles, options }: Rest, pending: Promise<Decided>): Promise<Take> {
    const decided = await pending;
    if ('hold' in decided) return { index, hold: decided.hold, obstacles };
    const rest = await this.take(candidates.slice(index + 1), options);
    return {
      index: rest.index === undefined ? undefined : index + 1 + rest.index,
      hold: rest.hold,
      obstacles: [...obstacles, decided.obstacle, ...rest.obstacles],
    };
  }

  #decide(candidate: Candidate, options: TakeOptions | undefined): Decided | Promise<Decided> {
    const { local, clock, mode } = this.#parts;
    const { target } = candidate;
    const now = clock.now();
    const obstacle = local.reservations.healthOf(target, now, options);
    if (obstacle !== undefined) return { obstacle };
    const { state } = local.reservations.breakerStatus(target, now);
    if (state === 'half_open' && options?.ignoreBreaker !== true && mode() === 'shared') return this.#probe(candidate);
    return this.#decideByLimits(candidate);
  }

  /** One process at a time probes a server. */
  async #probe(candidate: Candidate): Promise<Decided> {
    const { clock } = this.#parts;
    const isElected = await this.#isElected(candidate.target.server);
    if (!isElected) return { obstacle: { kind: 'breaker_open', retryAt: clock.now() + PROBED_MS } };
    // Time has passed.
    const obstacle = this.#parts.local.reservations.healthOf(candidate.target, clock.now());
    return obstacle === undefined ? this.#decideByLimits(candidate) : { obstacle };
  }

  /** Without an answer in time each process probes by itself. */
  async #isElected(server: string): Promise<boolean> {
    const { counts, clock, timeout } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    using _late = loopTimer(clock, timeout, () => resolve(true));
    counts.elect(server, PROBE_MS).then(resolve, () => resolve(true));
    return await promise;
  }

  #decideByLimits(candidate: Candidate): Decided | Promise<Decided> {
    const { local, links, clock, mode } = this.#parts;
    const { target, tokens, minimumTokens = tokens / 2 } = candidate;
    const now = clock.now();
    const { link, key } = links.of(target, this.#counterOf(target));
    if (!local.reservations.isLimited(target, now)) {
      link.use(key, now);
      return { hold: local.reservations.book(candidate) };
    }
    if (mode() !== 'shared') return this.#decideLocally(candidate);
    const refused = this.#adapted(target, now) ?? key.refused(candidate, now);
    if (refused !== undefined) return { obstacle: refused };
    const { promise, resolve } = Promise.withResolvers<Decided>();
    link.take([{ key, tokens, minimumTokens }], (taken) => resolve(this.#decided(candidate, taken)));
    return promise;
  }

  /** A concurrency that adapts is of each process by itself: it follows from the answers that this process gets. */
  #adapted(target: Candidate['target'], now: number): WindowObstacle | undefined {
    if (target.limits.adaptsConcurrency !== true) return undefined;
    const counter = this.#parts.local.counters.read(target, now);
    const most = counter.concurrencyOf(target.limits) ?? Infinity;
    return counter.running() < most ? undefined : { kind: 'limited', window: 'concurrency', retryAt: undefined };
  }

  /** Called in the tick of the reply. */
  #decided(candidate: Candidate, taken: LinkTaken): Decided {
    const { reservations } = this.#parts.local;
    switch (taken.kind) {
      case 'taken':
        return { hold: reservations.book(candidate, taken.marks[0]) };
      case 'refused':
        this.#refused(candidate.target, candidate.tokens, taken.obstacle);
        return { obstacle: taken.obstacle };
      case 'unknown':
        return this.#decideLocally(candidate);
    }
  }

  #decideLocally(candidate: Candidate): Decided {
    const { local, clock } = this.#parts;
    const { target } = candidate;
    const now = clock.now();
    const limits = this.#capped(target, this.#counterOf(target));
    const obstacle = local.counters.read(target, now).obstacle(limits, candidate, now);
    if (obstacle !== undefined) return { obstacle };
    const { link, key } = this.#parts.links.of(target, this.#counterOf(target));
    link.touch(key);
    return { hold: local.reservations.book(candidate) };
  }

  #allDecided(counted: readonly Counted[], demand: CountedDemand, taken: LinkTaken): TakeAll {
    switch (taken.kind) {
      case 'taken':
        return { kind: 'taken', share: this.#parts.local.shares.book(counted, demand) };
      case 'refused': {
        const refused = counted[taken.part];
        if (refused === undefined) return this.#takeAllLocally(counted, demand);
        this.#refused(refused, demand.tokens, taken.obstacle);
        return { kind: 'refused', refused, obstacle: taken.obstacle };
      }
      case 'unknown':
        return this.#takeAllLocally(counted, demand);
    }
  }

  #takeAllLocally(counted: readonly Counted[], demand: CountedDemand): TakeAll {
    const { local, clock } = this.#parts;
    const capped = counted.map((each) => ({
      ...each,
      limits: this.#capped(each, () => local.owners.open(each, clock.now())),
    }));
    const taken = local.shares.takeAll(capped, demand);
    if (taken.kind === 'taken') return taken;
    // The refusal names what was asked for, whose limits are the configured ones.
    const refused = counted[capped.findIndex(({ counterKey }) => counterKey === taken.refused.counterKey)];
    return refused === undefined ? taken : { ...taken, refused };
  }

  #capped(counted: Counted, counter: () => Counter): Limits {
    const { links, fleet, clock } = this.#parts;
    return links.of(counted, counter).key.cap(fleet(), clock.now());
  }

  #refused(counted: Counted, tokens: number, obstacle: WindowObstacle): void {
    const { links, clock, local } = this.#parts;
    const { counterKey } = counted;
    const ms = links.find(counterKey)?.refuse(obstacle, tokens, clock.now()) ?? 0;
    // Who waits for it looks again then, since other processes free room without a word.
    if (ms > 0) background(clock).timer(ms, () => local.changed(counterKey));
  }

  #counterOf(target: Candidate['target']): () => Counter {
    const { local, clock } = this.#parts;
    return () => local.counters.open(target, clock.now());
  }
}

interface Rest {
  readonly candidates: readonly Candidate[];
  readonly index: number;
  readonly obstacles: readonly Obstacle[];
  readonly options: TakeOptions | undefined;
}
