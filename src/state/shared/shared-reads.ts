import type { Clock } from '../../lib/clock.ts';
import type { Counted, CounterStatus, LimitReads, LimitState, WindowStatus } from '../limit-state.ts';
import type { Links } from './links.ts';

/** What is read. */
export interface SharedReadsParts {
  readonly local: LimitState;
  readonly links: Pick<Links, 'find'>;
  readonly clock: Clock;
}

type Counts = Pick<CounterStatus, 'windows' | 'concurrency'>;

/** Reads what this process counts, with what it has heard last of the others: at most a second old for what is in use. */
export function createSharedReads({ local, links, clock }: SharedReadsParts): Omit<LimitReads, 'watch'> {
  function overlay({ counterKey }: Counted, own: WindowStatus, now: number): WindowStatus {
    return links.find(counterKey)?.overlay(own, now) ?? own;
  }

  function withOthers(counted: Counted, { windows, concurrency }: Counts): Counts {
    const now = clock.now();
    const running = concurrency.running + (links.find(counted.counterKey)?.foreignRunning ?? 0);
    return {
      windows: windows.map((each) => overlay(counted, each, now)),
      concurrency: { limit: concurrency.limit, running },
    };
  }

  return {
    look(candidate) {
      const own = local.look(candidate);
      if (own?.kind === 'cooling_down' || own?.kind === 'breaker_open') return own;
      return links.find(candidate.target.counterKey)?.refused(candidate, clock.now()) ?? own;
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
  };
}
