import { isDaily, type Limits, WINDOW_NAMES, type WindowName } from '../../domain/limits.ts';
import { countsTokens } from '../counter-windows.ts';
import type { Marks } from '../counted-attempt.ts';
import type { Counter } from '../counter.ts';
import type { Counted, CountedDemand, WindowStatus } from '../limit-state.ts';
import type { Mark } from '../window-corrections.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type { Booked, Change, KeyReport, KeyStatus } from './counts.ts';

/** Once the ledger has spoken of a counter over so long a time, it knows all processes that use it, in milliseconds: each renews what is in use each second. */
const KNOWN_MS = 2000;
/** Changes kept at most before what replies have reported is left out. */
const MOST_CHANGES = 1000;
const MINUTE_STEP_MS = 1000;
const DAY_STEP_MS = 24 * 60_000;
/** Refusals count for so long at most without another look at the ledger, in milliseconds: other processes free room without a word. */
const REFUSED_MS = 1000;
/** The same of a refusal that may end at any moment. */
const OPEN_REFUSED_MS = 100;

/** What this process knows of a counter that others use too. Times in milliseconds since the epoch, by the own clock unless said otherwise. */
export class LinkKey {
  counted: Counted;
  counter: () => Counter;
  /** What has not been sent yet, in the ledger's time. */
  changes: Change[] = [];
  /** What was held when the newest request was sent, with what it took. */
  #sent: Booked | undefined;
  #sentUsed: Partial<Record<WindowName, number>> = {};
  /** Undefined until the ledger has answered. */
  #heard: KeyStatus | undefined;
  /** When the ledger has answered for the first time; undefined until then. */
  #heardSince: number | undefined;
  #heardAt = 0;
  readonly #pending = { requests: 0, tokens: 0 };
  #foreign: Partial<Record<WindowName, { readonly used: number; readonly reserved: number; readonly until: number }>> =
    {};
  #foreignRunning = 0;
  #refused: { readonly obstacle: WindowObstacle; readonly tokens: number; readonly until: number } | undefined;
  #caps:
    | {
        readonly running: number;
        readonly windows: Partial<Record<WindowName, { readonly amount: number; readonly until: number }>>;
      }
    | undefined;

  constructor(counted: Counted, counter: () => Counter) {
    this.counted = counted;
    this.counter = counter;
  }

  /** Keeps a change for the next report. While none can be sent (`isSoon` is false) amounts that expire about the same time are one, so that an outage has a bound. */
  record(change: Change, isSoon: boolean): void {
    const added = change.kind === 'spent' && !isSoon ? { ...change, until: steppedUp(change) } : change;
    // The windows of one request take turns.
    for (let back = 1; added.kind === 'spent' && back <= 2 * WINDOW_NAMES.length; back++) {
      const index = this.changes.length - back;
      const before = this.changes[index];
      if (before?.kind !== 'spent') break;
      if (before.window !== added.window || before.until !== added.until) continue;
      this.changes[index] = { ...added, amount: before.amount + added.amount };
      return;
    }
    this.changes.push(added);
    // What is spent is kept; what replies have reported, later ones report again.
    if (this.changes.length > MOST_CHANGES) this.changes = this.changes.filter(({ kind }) => kind !== 'observed');
  }

  /** Takes over the limits of a newer configuration, and the counter that counts now. */
  use(counted: Counted, counter: () => Counter): void {
    this.counted = counted;
    this.counter = counter;
  }

  /** The report of this counter, and remembers what it says. `offset`: the ledger's time less the own. */
  report(changes: readonly Change[], offset: number, now: number): KeyReport {
    const { counterKey: key, rules, limits } = this.counted;
    const { windows } = this.counter();
    const ends: Partial<Record<WindowName, number>> = {};
    this.#sentUsed = {};
    for (const name of WINDOW_NAMES) {
      const window = limits[name] === undefined ? windows.get(name) : windows.open(name);
      if (window === undefined) continue;
      ends[name] = window.endsAt(now) + offset;
      this.#sentUsed[name] = window.used(now) + windows.reserved(name);
    }
    const booked = this.booked();
    this.#sent = booked;
    return { key, rules, limits, booked, changes, ends };
  }

  booked(): Booked {
    const counter = this.counter();
    const { windows } = counter;
    return {
      running: counter.running(),
      requestsPerMinute: windows.reserved('requestsPerMinute'),
      tokensPerMinute: windows.reserved('tokensPerMinute'),
      requestsPerDay: windows.reserved('requestsPerDay'),
      tokensPerDay: windows.reserved('tokensPerDay'),
    };
  }

  /** A take waits for the ledger, or does not any more: a negative number. What the ledger may grant is part of this process's share. */
  pend(requests: number, tokens: number): void {
    this.#pending.requests += requests;
    this.#pending.tokens += tokens;
    // Sums of fractions drift.
    if (this.#pending.requests === 0) this.#pending.tokens = 0;
  }

  /** A take of the newest request was granted. */
  granted(tokens: number): void {
    this.#refused = undefined;
    if (this.#sent !== undefined) this.#sent = { ...this.#sent, running: this.#sent.running + 1 };
    for (const name of WINDOW_NAMES) {
      const used = this.#sentUsed[name];
      if (used !== undefined) this.#sentUsed[name] = used + (countsTokens(name) ? tokens : 1);
    }
  }

  /** Takes over what the ledger answered to the newest request. */
  heard(status: KeyStatus, offset: number, now: number): void {
    this.#heard = status;
    this.#heardAt = now;
    this.#heardSince ??= now;
    this.#foreignRunning = Math.max(0, status.running - (this.#sent?.running ?? 0));
    this.#foreign = {};
    const { windows } = this.counter();
    for (const { window, limit, source, used, reserved, resetAt } of status.windows) {
      if (limit !== undefined) {
        const { confirmedLimit } = windows.open(window);
        if (source === 'observed') confirmedLimit.observe(limit);
        else confirmedLimit.learn(limit);
      }
      const own = this.#sentUsed[window] ?? 0;
      const until = resetAt === undefined ? Infinity : resetAt - offset;
      const others = Math.max(0, used - own);
      if (others > 0) this.#foreign[window] = { used: others, reserved: Math.min(others, reserved), until };
    }
  }

  /** What the ledger had counted when a request was sent that it has granted. */
  marks(ends: KeyReport['ends']): Marks {
    const marks: Partial<Record<WindowName, Mark>> = {};
    for (const { window, spent, unobserved, raised, lowered } of this.#heard?.windows ?? [])
      marks[window] = { spent, unobserved, raised, lowered, end: ends[window] ?? 0 };
    return marks;
  }

  /** The ledger has refused a demand. Returns for how long that is to be believed, in milliseconds. */
  refuse(obstacle: WindowObstacle, tokens: number, now: number): number {
    if (obstacle.kind === 'too_large') return 0;
    const most = obstacle.retryAt === undefined ? OPEN_REFUSED_MS : REFUSED_MS;
    const until = Math.min(obstacle.retryAt ?? Infinity, now + most);
    this.#refused = { obstacle, tokens, until };
    return until - now;
  }

  /** What the ledger has refused lately, where it would refuse this demand too. */
  refused({ tokens }: Pick<CountedDemand, 'tokens'>, now: number): WindowObstacle | undefined {
    const refused = this.#refused;
    if (refused === undefined) return undefined;
    if (refused.until <= now) {
      this.#refused = undefined;
      return undefined;
    }
    const { obstacle } = refused;
    const { window } = obstacle;
    return window === 'concurrency' || !countsTokens(window) || tokens >= refused.tokens ? obstacle : undefined;
  }

  /** Own room has become free: what was refused may fit now. */
  freed(): void {
    this.#refused = undefined;
  }

  /** What other processes have running. */
  get foreignRunning(): number {
    return this.#foreignRunning;
  }

  /** A window with what other processes use of it. */
  overlay(own: WindowStatus, now: number): WindowStatus {
    const foreign = this.#foreign[own.window];
    if (foreign === undefined || foreign.until <= now) return own;
    const used = own.used + foreign.used;
    const resetAt = Math.max(own.resetAt ?? 0, foreign.until === Infinity ? 0 : foreign.until);
    return { ...own, used, reserved: own.reserved + foreign.reserved, resetAt: resetAt > now ? resetAt : own.resetAt };
  }

  /** The ledger has forgotten everything: what this process has spent is reported anew. `offset`: the ledger's time less the own. */
  restore(offset: number, now: number): void {
    const { windows } = this.counter();
    const restored: Change[] = [];
    for (const name of WINDOW_NAMES) {
      const window = windows.get(name);
      const { reported } = window?.confirmedLimit ?? {};
      if (reported !== undefined) restored.push({ kind: 'learned', window: name, limit: reported.limit });
      for (const { amount, until } of window?.parts(now) ?? [])
        restored.push({ kind: 'spent', window: name, amount, until: until + offset, limit: undefined });
    }
    // What was spent without the ledger is among it.
    this.changes = restored;
  }

  /**
   * Caps the counter to this process's share of what was left when the ledger was lost, unless it is capped already. The sum of all shares is what was left. A
   * window that begins anew is shared as a whole. Returns the limits that apply. `fleet`: how many processes there may be where the ledger did not say it of this
   * counter.
   */
  cap(fleet: number, now: number): Limits {
    const { limits } = this.counted;
    const { windows } = this.counter();
    const isFirst = this.#caps === undefined;
    const caps = (this.#caps ??= { windows: {}, running: this.#shareOf(fleet, this.#runningOf(limits)) });
    for (const name of WINDOW_NAMES) {
      const limit = windows.limitOf(name, limits);
      if (limit === undefined || (caps.windows[name]?.until ?? 0) > now) continue;
      const window = windows.open(name);
      const own = window.used(now) + windows.reserved(name);
      const foreign = this.#foreign[name];
      const others = foreign === undefined || foreign.until <= now ? 0 : foreign.used;
      const amount = isFirst
        ? this.#shareOf(fleet, { limit, own, others })
        : Math.floor(limit / this.#processes(fleet));
      caps.windows[name] = { amount, until: window.endsAt(now) };
    }
    const { requests, tokens } = this.#pending;
    const amounts: Partial<Record<WindowName, number>> = {};
    for (const name of WINDOW_NAMES) {
      const cap = caps.windows[name];
      if (cap !== undefined) amounts[name] = cap.amount - (countsTokens(name) ? tokens : requests);
    }
    windows.cap(amounts);
    const { concurrency } = limits;
    return concurrency === undefined ? limits : { ...limits, concurrency: caps.running - this.#pending.requests };
  }

  /** Lifts the caps; returns whether there were any. */
  uncap(): boolean {
    if (this.#caps === undefined) return false;
    this.#caps = undefined;
    this.counter().windows.cap(undefined);
    return true;
  }

  #runningOf({ concurrency = Infinity }: Limits): Usage {
    return { limit: concurrency, own: this.counter().running(), others: this.#foreignRunning };
  }

  /** Whether the ledger has told of all processes that use the counter. */
  get #isKnown(): boolean {
    return this.#heardSince !== undefined && this.#heardAt - this.#heardSince >= KNOWN_MS;
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

/** When an amount expires, rounded up to a sixtieth of its window: it counts longer by that at most. */
function steppedUp({ window, until }: Extract<Change, { kind: 'spent' }>): number {
  const step = isDaily(window) ? DAY_STEP_MS : MINUTE_STEP_MS;
  return Math.ceil(until / step) * step;
}

/** What is used of a limit, by this process and by others. */
interface Usage {
  readonly limit: number;
  readonly own: number;
  readonly others: number;
}
