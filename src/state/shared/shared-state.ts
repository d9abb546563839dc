import type { Target } from '../../domain/chain.ts';
import type { Limits } from '../../domain/limits.ts';
import type { FailureKind } from '../../domain/outcome.ts';
import type { Clock } from '../../lib/clock.ts';
import type {
  Candidate,
  Cooldown,
  Counted,
  CountedDemand,
  CounterStatus,
  Lasting,
  LimitState,
  Obstacle,
  Take,
  TakeAll,
  TakeOptions,
  WindowStatus,
  WindowUnit,
} from '../limit-state.ts';
import { createLocalState, type LocalParts } from '../local-state.ts';
import { type Availability, createAvailability, type SharedMode } from './availability.ts';
import type { Fleet, SharedCounts } from './counts.ts';
import { createNewsExchange, type NewsExchange } from './exchange-news.ts';
import { createLinks, type Links } from './links.ts';
import type { News } from './news.ts';
import { createRecovery, type Recovery } from './recovery.ts';
import { createSharedReads } from './shared-reads.ts';
import { createSharedTakes } from './shared-takes.ts';

/** A change of how takes are decided. */
export interface ModeChange {
  readonly mode: SharedMode;
  /** For people, of a change to `local`. */
  readonly reason: string | undefined;
  /** How many processes share the ledger, as far as that is known. */
  readonly processes: number;
}

/** Options of a state over a ledger that several processes share. */
export interface SharedStateOptions {
  readonly counts: SharedCounts;
  /** The process's own id in the ledger. */
  readonly process: string;
  readonly clock: Clock;
  /** A take that is not answered for so long is decided locally, in milliseconds. */
  readonly timeout: number;
  /** How long what this process holds counts after its death, in milliseconds. */
  readonly lease: number;
  /** How many processes there are at least: soon after its start the ledger knows only some of them. */
  readonly replicas: number;
  /** Called once for the first counter that another process reports with other limits. Must not throw. */
  readonly onConflict?: ((counterKey: string) => void) | undefined;
  /** Called after each change of mode. Must not throw. */
  readonly onMode: (change: ModeChange) => void;
}

/** A state over a ledger that several processes share. Disposal reports what is left, within 200 ms, and closes the ledger. */
export interface SharedState extends LimitState, AsyncDisposable {
  /** Resolves once the ledger has answered for the first time, or after 500 ms. Never rejects. */
  readonly ready: Promise<void>;
  readonly mode: SharedMode;
  /** How many processes share the ledger, as far as that is known. */
  readonly processes: number;
}

/** Returns a state that takes from the ledger while it answers, and from this process's share while it does not. */
export function createSharedState(options: SharedStateOptions): SharedState {
  return new LedgerState(options);
}

class LedgerState implements SharedState {
  readonly ready: Promise<void>;
  readonly #options: SharedStateOptions;
  readonly #availability: Availability;
  readonly #local: LimitState;
  readonly #parts: LocalParts;
  readonly #links: Links;
  readonly #news: NewsExchange;
  readonly #takes: ReturnType<typeof createSharedTakes>;
  readonly #reads: ReturnType<typeof createSharedReads>;
  readonly #recovery: Recovery;
  readonly #watching: Disposable;
  #fleet: Fleet | undefined;
  #hasConflict = false;
  /** The ledger's time less the own, in milliseconds. */
  #offset = 0;

  constructor(options: SharedStateOptions) {
    const { counts, clock, timeout } = options;
    this.#options = options;
    const onMode = (mode: SharedMode, reason: string | undefined): void => this.#changeMode(mode, reason);
    this.#availability = createAvailability({ clock, timeout, onMode });
    const { state, parts } = createLocalState(clock, {
      journalOf: (counted, counter) => this.#links.journalOf(counted, counter),
      breakerChanged: (server, opened) =>
        this.#news.publish(opened ? { kind: 'breaker_open', server, ...opened } : { kind: 'breaker_closed', server }),
    });
    this.#local = state;
    this.#parts = parts;
    this.#links = this.#openLinks();
    this.#news = createNewsExchange({
      counts,
      local: state,
      reservations: parts.reservations,
      offset: () => this.#offset,
      isOpen: () => this.mode !== 'local',
    });
    const shared = {
      links: this.#links,
      clock,
      timeout,
      mode: () => this.mode,
      fleet: () => Math.max(this.processes, options.replicas),
    };
    this.#takes = createSharedTakes({ ...shared, local: parts, counts });
    this.#reads = createSharedReads({ ...shared, local: state });
    const adopt = (news: News): void => this.#news.adopt(news);
    const heard = (fleet: Fleet): void => this.#hear(fleet);
    const { availability, links } = { availability: this.#availability, links: this.#links };
    this.#recovery = createRecovery({ counts, clock, timeout, links, availability, heard, adopt });
    this.#watching = counts.watch((news) => (news === undefined ? this.#recovery.reread() : adopt(news)));
    this.ready = this.#recovery.start();
  }

  get mode(): SharedMode {
    return this.#availability.mode;
  }

  get processes(): number {
    return Math.max(1, this.#fleet?.processes ?? this.#options.replicas);
  }

  take(candidates: readonly Candidate[], options?: TakeOptions): Take | Promise<Take> {
    return this.#takes.take(candidates, options);
  }

  takeAll(counted: readonly Counted[], demand: CountedDemand): TakeAll | Promise<TakeAll> {
    return this.#takes.takeAll(counted, demand);
  }

  look(candidate: Candidate): Obstacle | undefined {
    return this.#reads.look(candidate);
  }

  standing(counted: Counted): Pick<CounterStatus, 'windows' | 'concurrency'> {
    return this.#reads.standing(counted);
  }

  tightest(counted: readonly Counted[], unit: WindowUnit, now: number): WindowStatus | undefined {
    return this.#reads.tightest(counted, unit, now);
  }

  status(target: Target): CounterStatus {
    return this.#reads.status(target);
  }

  cool(key: string, cooldown: Cooldown): void {
    this.#local.cool(key, cooldown);
    this.#news.publish({ kind: 'cooldown', key, cooldown });
  }

  forget(reasons: readonly FailureKind[]): void {
    this.#local.forget(reasons);
    this.#links.forgetLimits();
    this.#news.publish({ kind: 'forgive', reasons });
  }

  learn(target: Target, limits: Limits): void {
    this.#local.learn(target, limits);
    const { clock } = this.#options;
    this.#links.learned(target, () => this.#parts.counters.open(target, clock.now()), limits);
  }

  watch(listener: (key: string) => void): Disposable {
    return this.#local.watch(listener);
  }

  lasting(): Lasting {
    return this.#local.lasting();
  }

  restore(lasting: Lasting): void {
    this.#local.restore(lasting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watching[Symbol.dispose]();
    await this.#recovery.close();
    await this.#options.counts[Symbol.asyncDispose]();
  }

  #openLinks(): Links {
    const { counts, process, lease, clock } = this.#options;
    return createLinks({
      counts,
      process,
      lease,
      clock,
      offset: () => this.#offset,
      isOpen: () => this.mode !== 'local' || this.#recovery.isFlushing,
      begin: () => {
        const end = this.#availability.begin();
        return (ended) => {
          if ('reply' in ended) this.#offset = ended.reply.now - clock.now();
          end('reply' in ended ? undefined : ended.error);
        };
      },
      conflicting: (key) => this.#report(key),
      changed: this.#parts.changed,
    });
  }

  #report(conflicting: string): void {
    if (this.#hasConflict) return;
    this.#hasConflict = true;
    this.#options.onConflict?.(conflicting);
  }

  #hear(fleet: Fleet): void {
    this.#fleet = fleet;
    this.#offset = fleet.now - this.#options.clock.now();
  }

  #changeMode(mode: SharedMode, reason: string | undefined): void {
    if (mode === 'local') {
      for (const link of this.#links.all()) link.giveUp();
      this.#recovery.begin();
    }
    if (mode === 'shared') {
      for (const link of this.#links.all()) link.resume();
      for (const key of this.#links.keys()) if (key.uncap()) this.#parts.changed(key.counted.counterKey);
    }
    this.#options.onMode({ mode, reason, processes: this.processes });
  }
}
