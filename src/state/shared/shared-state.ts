import type { Clock } from '../../lib/clock.ts';
import type { Counted, CounterStatus, LimitState, WindowStatus } from '../limit-state.ts';
import { createLocalState } from '../local-state.ts';
import { createAvailability, type SharedMode } from './availability.ts';
import type { Fleet, SharedCounts } from './counts.ts';
import { createLinks } from './links.ts';
import type { News } from './news.ts';
import { createRecovery } from './recovery.ts';
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
  /** How many processes there may be while the ledger has not said it. */
  readonly replicas: number;
  /** Called after each change of mode. Must not throw. */
  readonly onMode: (change: ModeChange) => void;
}

/** A state over a ledger that several processes share. Disposal reports what is left, within 200 ms, and closes the ledger. */
export interface SharedState extends LimitState, AsyncDisposable {
  /** Resolves once the ledger has answered for the first time, or after 500 ms. Never rejects. */
  readonly ready: Promise<void>;
  readonly mode: SharedMode;
}

/** Returns a state that takes from the ledger while it answers, and from this process's share while it does not. */
export function createSharedState(options: SharedStateOptions): SharedState {
  const { counts, process, clock, timeout, lease, replicas, onMode } = options;
  let fleet: Fleet | undefined;
  let offset = 0;
  const processes = (): number => Math.max(1, fleet?.processes ?? replicas);
  const availability = createAvailability({
    clock,
    timeout,
    onMode(mode, reason) {
      if (mode === 'local') {
        for (const link of links.all()) link.giveUp();
        for (const key of links.keys()) key.lost();
        recovery.begin();
      }
      if (mode === 'shared') for (const key of links.keys()) if (key.uncap()) parts.changed(key.counted.counterKey);
      onMode({ mode, reason, processes: processes() });
    },
  });
  const { state: local, parts } = createLocalState(clock, {
    journalOf: (counted, counter) => links.journalOf(counted, counter),
    breakerChanged: (server, opened) =>
      publish(
        opened === undefined
          ? { kind: 'breaker_closed', server }
          : { kind: 'breaker_open', server, wait: opened.wait, retryAt: opened.retryAt + offset },
      ),
  });
  const links = createLinks({
    counts,
    process,
    lease,
    clock,
    offset: () => offset,
    isOpen: () => availability.mode !== 'local' || recovery.isFlushing,
    begin() {
      const end = availability.begin();
      return (reply) => {
        if (reply !== undefined) offset = reply.now - clock.now();
        end(reply !== undefined);
      };
    },
    changed: parts.changed,
  });
  const takes = createSharedTakes({
    local: parts,
    links,
    counts,
    clock,
    mode: () => availability.mode,
    fleet: processes,
  });
  const recovery = createRecovery({
    counts,
    clock,
    timeout,
    links,
    availability,
    heard(latest) {
      fleet = latest;
      offset = latest.now - clock.now();
    },
    adopt,
  });
  const watching = counts.watch((news) => (news === undefined ? recovery.reread() : adopt(news)));

  function publish(news: News): void {
    // What cannot be published now is published on recovery, or was for this process only.
    if (availability.mode !== 'local') void counts.publish(news).catch(() => undefined);
  }

  function adopt(news: News): void {
    switch (news.kind) {
      case 'cooldown': {
        const cooldown = { ...news.cooldown, retryAt: news.cooldown.retryAt - offset };
        local.cool(news.key, cooldown);
        return;
      }
      case 'breaker_open':
        parts.reservations.adoptBreaker(news.server, { retryAt: news.retryAt - offset, wait: news.wait });
        return;
      case 'breaker_closed':
        parts.reservations.adoptBreaker(news.server, undefined);
        return;
      case 'forgive':
        local.forget(news.reasons);
        return;
    }
  }

  function overlay(counted: Counted, own: WindowStatus, now: number): WindowStatus {
    return links.find(counted.counterKey)?.overlay(own, now) ?? own;
  }

  function withOthers(
    counted: Counted,
    { windows, concurrency }: Pick<CounterStatus, 'windows' | 'concurrency'>,
  ): Pick<CounterStatus, 'windows' | 'concurrency'> {
    const now = clock.now();
    const running = concurrency.running + (links.find(counted.counterKey)?.foreignRunning ?? 0);
    return {
      windows: windows.map((each) => overlay(counted, each, now)),
      concurrency: { limit: concurrency.limit, running },
    };
  }

  return {
    take: (candidates, takeOptions) => takes.take(candidates, takeOptions),
    takeAll: (counted, demand) => takes.takeAll(counted, demand),
    look(candidate) {
      const { target } = candidate;
      const now = clock.now();
      const unhealthy = parts.reservations.healthOf(target, now);
      return unhealthy ?? links.find(target.counterKey)?.refused(candidate, now) ?? local.look(candidate);
    },
    standing: (counted) => withOthers(counted, local.standing(counted)),
    tightest(all, unit, now) {
      let tightest: WindowStatus | undefined;
      for (const each of all) {
        const own = local.tightest([each], unit, now);
        if (own === undefined) continue;
        const status = overlay(each, own, now);
        if (tightest === undefined || status.limit - status.used < tightest.limit - tightest.used) tightest = status;
      }
      return tightest;
    },
    status(target) {
      const own = local.status(target);
      return { ...own, ...withOthers(target, own) };
    },
    cool(key, cooldown) {
      local.cool(key, cooldown);
      publish({ kind: 'cooldown', key, cooldown: { ...cooldown, retryAt: cooldown.retryAt + offset } });
    },
    forget(reasons) {
      local.forget(reasons);
      links.forgetLimits();
      publish({ kind: 'forgive', reasons });
    },
    learn(target, limits) {
      local.learn(target, limits);
      links.learned(target, () => parts.counters.open(target, clock.now()), limits);
    },
    watch: local.watch,
    lasting: local.lasting,
    restore: local.restore,
    ready: recovery.start(),
    get mode() {
      return availability.mode;
    },
    async [Symbol.asyncDispose]() {
      watching[Symbol.dispose]();
      await recovery.close();
      await counts[Symbol.asyncDispose]();
    },
  };
}
