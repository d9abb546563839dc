import { type Limits, WINDOW_NAMES, type WindowName } from '../../domain/limits.ts';
import type { Counter } from '../counter.ts';
import { countsTokens } from '../counter-windows.ts';
import type { KeyStatus } from './counts.ts';

/** Once the ledger has spoken of a counter over so long a time, it knows all processes that use it, in milliseconds: each renews what is in use each second. */
const KNOWN_MS = 2000;

/** What a share follows from. */
export interface ShareFacts {
  readonly counter: Counter;
  /** As configured. */
  readonly limits: Limits;
  /** What other processes use of a window, as far as the ledger has said it. */
  readonly othersIn: (window: WindowName) => number;
  readonly othersRunning: number;
  /** What waits for the ledger, which may still grant it. */
  readonly pending: { readonly requests: number; readonly tokens: number };
  /** How many processes there may be where the ledger did not say it of this counter. */
  readonly fleet: number;
}

/** What is used of a limit, by this process and by others. */
interface Usage {
  readonly limit: number;
  readonly own: number;
  readonly others: number;
}

interface Caps {
  readonly running: number;
  readonly windows: Partial<Record<WindowName, { readonly amount: number; readonly until: number }>>;
}

/** This process's share of a counter while the ledger does not answer. Times in milliseconds since the epoch. */
export class FleetShare {
  /** Undefined until the ledger has answered. */
  #heard: KeyStatus | undefined;
  #heardSince = 0;
  #heardAt = 0;
  #caps: Caps | undefined;

  /** Takes note of what the ledger has answered. */
  hear(status: KeyStatus, now: number): void {
    if (this.#heard === undefined) this.#heardSince = now;
    this.#heard = status;
    this.#heardAt = now;
  }

  /**
   * Caps the counter to the share of what was left when the ledger was lost, unless it is capped already. The sum of all shares is what was left. A window that
   * begins anew is shared as a whole. Returns the limits that apply.
   */
  cap(facts: ShareFacts, now: number): Limits {
    const { counter, limits, othersIn, othersRunning, pending, fleet } = facts;
    const { windows } = counter;
    const isFirst = this.#caps === undefined;
    const { concurrency } = limits;
    const running = { limit: concurrency ?? Infinity, own: counter.running(), others: othersRunning };
    const caps = (this.#caps ??= { windows: {}, running: this.#shareOf(fleet, running) });
    const amounts: Partial<Record<WindowName, number>> = {};
    for (const name of WINDOW_NAMES) {
      const limit = windows.limitOf(name, limits);
      if (limit === undefined) continue;
      let cap = caps.windows[name];
      if (cap === undefined || cap.until <= now) {
        const window = windows.open(name);
        const usage = { limit, own: window.used(now) + windows.reserved(name), others: othersIn(name) };
        const amount = isFirst ? this.#shareOf(fleet, usage) : Math.floor(limit / this.#processes(fleet));
        caps.windows[name] = cap = { amount, until: window.endsAt(now) };
      }
      amounts[name] = cap.amount - (countsTokens(name) ? pending.tokens : pending.requests);
    }
    windows.cap(amounts);
    return concurrency === undefined ? limits : { ...limits, concurrency: caps.running - pending.requests };
  }

  /** Lifts the caps; returns whether there were any. */
  uncap({ windows }: Counter): boolean {
    if (this.#caps === undefined) return false;
    this.#caps = undefined;
    windows.cap(undefined);
    return true;
  }

  /** Whether the ledger has told of all processes that use the counter. */
  get #isKnown(): boolean {
    return this.#heard !== undefined && this.#heardAt - this.#heardSince >= KNOWN_MS;
  }

  #processes(fleet: number): number {
    const heard = this.#heard?.processes ?? 1;
    return this.#isKnown ? heard : Math.max(heard, fleet);
  }

  #shareOf(fleet: number, { limit, own, others }: Usage): number {
    const processes = this.#processes(fleet);
    // Nothing is known of what others have used.
    if (this.#heard === undefined && processes > 1) return Math.floor(limit / processes);
    const left = Math.max(0, limit - own - others);
    // The first processes by their ids take one more each, where that is known.
    const place = this.#isKnown ? (this.#heard?.place ?? processes) : processes;
    return own + Math.floor(left / processes) + (place < left % processes ? 1 : 0);
  }
}
