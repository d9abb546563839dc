import type { Clock } from '../lib/clock.ts';
import type { WorkerProcess } from './fork.ts';
import { createLink, type Link, type Procedures } from './link.ts';
import type { Applied, EndSignal, SentResult, WorkerProcedures, WorkerReady, WorkerStart } from './protocol.ts';
import { createRestarts, type Restarts } from './restarts.ts';

/** How long a worker may take to apply a configuration, in milliseconds: one that hangs must not stop the next reload. */
const APPLY_MS = 10_000;

/** What the primary process has for one worker while it runs. */
export interface WorkerSession {
  /** What the worker may call, beside `begin`, `ready` and `failed`. */
  readonly procedures: Procedures;
  /** The worker's first call: from now on it can be called. */
  readonly begin: () => WorkerStart;
  /** The worker listens. */
  readonly ready: () => void;
  /** The worker has ended. Never rejects. */
  readonly ended: () => Promise<void>;
}

/** What workers are started with. */
export interface PoolOptions {
  readonly count: number;
  readonly clock: Clock;
  readonly fork: (number: number) => WorkerProcess;
  readonly open: (number: number, link: () => Link<WorkerProcedures>) => WorkerSession;
  /** Called when a worker has ended although it should not. `restartIn`: milliseconds until its next start; undefined where there is none. */
  readonly onDeath: (death: Death) => void;
}

/** The end of a worker. */
export interface Death {
  readonly worker: number;
  /** How it has ended, for people. */
  readonly end: string;
  /** Why it could not start, where it has said so. */
  readonly problem: string | undefined;
  readonly restartIn: number | undefined;
}

/** The workers of a gateway, numbered from 1. One that ends is started again until `end` is called. */
export interface Pool {
  /** Resolves when all workers listen, with what the first one has said; or with the reason why there is no start, for the user. */
  readonly started: Promise<WorkerReady | { readonly problem: string }>;
  /** Resolves when a worker has ended three times soon after its start, with the reason. */
  readonly broken: Promise<string>;
  /** Applies a configuration in all workers. What one has rejected counts for all. Resolves to undefined where none has answered. */
  apply(result: SentResult): Promise<Applied | undefined>;
  /** Ends all workers gracefully. Resolves when the last one has ended. */
  end(signal: EndSignal): Promise<void>;
  /** Ends all workers at once. */
  kill(): void;
}

/** Starts the workers. */
export function startPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}

/** One worker, and those that take its place. */
interface Place {
  readonly number: number;
  readonly restarts: Restarts;
  process: WorkerProcess | undefined;
  /** Undefined until the worker has begun: what it is sent before that is lost. */
  link: Link<WorkerProcedures> | undefined;
  timer: Disposable | undefined;
  problem: string | undefined;
}

interface Started {
  readonly process: WorkerProcess;
  readonly session: WorkerSession;
  readonly startedAt: number;
}

class WorkerPool implements Pool {
  readonly #options: PoolOptions;
  readonly #places: readonly Place[];
  readonly #started = Promise.withResolvers<WorkerReady | { readonly problem: string }>();
  readonly #broken = Promise.withResolvers<string>();
  readonly #ready = new Set<Place>();
  readonly #ended = Promise.withResolvers<void>();
  #ending: EndSignal | undefined;
  #running = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.count }, (_, index) => ({
      number: index + 1,
      restarts: createRestarts(),
      process: undefined,
      link: undefined,
      timer: undefined,
      problem: undefined,
    }));
    for (const place of this.#places) this.#start(place);
  }

  get started(): Pool['started'] {
    return this.#started.promise;
  }

  get broken(): Promise<string> {
    return this.#broken.promise;
  }

  async apply(result: SentResult): Promise<Applied | undefined> {
    const applied = await Promise.all(this.#places.map((place) => this.#applyIn(place, result)));
    const known = applied.filter((each) => each !== undefined);
    return known.find(({ rejected }) => rejected !== undefined) ?? known[0];
  }

  end(signal: EndSignal): Promise<void> {
    this.#ending ??= signal;
    for (const { timer, process, link } of this.#places) {
      timer?.[Symbol.dispose]();
      // One that has not begun serves nothing.
      if (link === undefined) process?.kill();
      else link.notify('end', signal);
    }
    if (this.#running === 0) this.#ended.resolve();
    return this.#ended.promise;
  }

  kill(): void {
    this.#ending ??= 'SIGINT';
    for (const { process } of this.#places) process?.kill();
  }

  /** Undefined where the worker does not answer: the next one begins with the newest configuration. */
  async #applyIn({ link }: Place, result: SentResult): Promise<Applied | undefined> {
    if (link === undefined) return undefined;
    const late = Promise.withResolvers<undefined>();
    using _timer = this.#options.clock.timer(APPLY_MS, () => late.resolve(undefined));
    return await Promise.race([link.call('apply', result).catch(() => undefined), late.promise]);
  }

  #start(place: Place): void {
    const { fork, open, clock } = this.#options;
    const startedAt = clock.now();
    const process = fork(place.number);
    const linkOf = (): Link<WorkerProcedures> => link;
    const session = open(place.number, linkOf);
    const link: Link<WorkerProcedures> = createLink<WorkerProcedures>(process.port, {
      ...session.procedures,
      begin: () => {
        place.link = link;
        return session.begin();
      },
      ready: (ready: WorkerReady) => {
        session.ready();
        this.#isReady(place, ready);
      },
      failed: (problem: string) => this.#hasFailed(place, problem),
    });
    place.process = process;
    place.timer = undefined;
    place.problem = undefined;
    this.#running++;
    void this.#watch(place, { process, session, startedAt });
  }

  async #watch(place: Place, { process, session, startedAt }: Started): Promise<void> {
    const end = await process.ended;
    const ranMs = this.#options.clock.now() - startedAt;
    place.process = undefined;
    place.link = undefined;
    await session.ended();
    this.#running--;
    this.#hasEnded(place, { end, ranMs });
  }

  #isReady(place: Place, ready: WorkerReady): void {
    this.#ready.add(place);
    if (this.#ready.size === this.#places.length) this.#started.resolve(ready);
  }

  /** At the start the user is there to mend it; later the worker is tried again. */
  #hasFailed(place: Place, problem: string): void {
    place.problem = problem;
    if (!this.#ready.has(place)) this.#started.resolve({ problem });
  }

  #hasEnded(place: Place, { end, ranMs }: { readonly end: string; readonly ranMs: number }): void {
    if (this.#ending !== undefined) {
      if (this.#running === 0) this.#ended.resolve();
      return;
    }
    const { number, problem } = place;
    const restartIn = place.restarts.ended(ranMs);
    this.#options.onDeath({ worker: number, end, problem, restartIn });
    if (restartIn === undefined) {
      const reason = `worker ${number} has ended three times in a row within 10 seconds of its start, last with ${end}`;
      this.#broken.resolve(problem === undefined ? reason : `${reason}: ${problem}`);
    } else place.timer = this.#options.clock.timer(restartIn, () => this.#start(place));
  }
}
