import { type Limits, WINDOW_NAMES, type WindowName } from '../../domain/limits.ts';
import { countsTokens } from '../counter-windows.ts';
import type { Marks } from '../counted-attempt.ts';
import type { Counter } from '../counter.ts';
import type { Counted, CountedDemand, WindowStatus } from '../limit-state.ts';
import type { Mark } from '../window-corrections.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type { Booked, Change, KeyReport, KeyStatus } from './counts.ts';
import { FleetShare } from './fleet-share.ts';
import { mergeChange } from './merge-change.ts';

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
  readonly #pending = { requests: 0, tokens: 0 };
  #foreign: Partial<Record<WindowName, { readonly used: number; readonly reserved: number; readonly until: number }>> =
    {};
  #foreignRunning = 0;
  #refused: { readonly obstacle: WindowObstacle; readonly tokens: number; readonly until: number } | undefined;
  readonly #share = new FleetShare();

  constructor(counted: Counted, counter: () => Counter) {
    this.counted = counted;
    this.counter = counter;
  }

  /** Keeps a change for the next report. `isSoon`: whether that can be sent. */
  record(change: Change, isSoon: boolean): void {
    this.changes = mergeChange(this.changes, change, isSoon);
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
    this.#share.hear(status, now);
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

  /** Caps the counter to this process's share, and returns the limits that apply; see `FleetShare`. `fleet`: how many processes there may be. */
  cap(fleet: number, now: number): Limits {
    const othersIn = (name: WindowName): number => {
      const foreign = this.#foreign[name];
      return foreign === undefined || foreign.until <= now ? 0 : foreign.used;
    };
    const [counter, pending, othersRunning] = [this.counter(), this.#pending, this.#foreignRunning];
    const { limits } = this.counted;
    return this.#share.cap({ counter, limits, othersIn, othersRunning, pending, fleet }, now);
  }

  /** Lifts the caps; returns whether there were any. */
  uncap(): boolean {
    return this.#share.uncap(this.counter());
  }
}
