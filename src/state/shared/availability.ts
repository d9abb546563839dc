import type { Clock } from '../../lib/clock.ts';
import { loopTimer } from '../../lib/loop-timer.ts';

/**
 * Whether takes are decided by the ledger. `shared`: they are. `suspect`: it is late; new takes are decided locally, those under way still wait. `local`: it does
 * not answer.
 */
export type SharedMode = 'shared' | 'suspect' | 'local';

/** Judges whether a ledger answers, by the calls that are made to it. */
export interface Availability {
  readonly mode: SharedMode;
  /** A call begins. Call the returned function when it has ended, with the error by which it has failed. */
  begin(): (error?: unknown) => void;
  /** The ledger answers again, and knows all that happened without it. */
  restored(): void;
  /** It is not asked any more, for a reason. */
  lose(reason: string): void;
}

/** What availability follows from. */
export interface AvailabilityOptions {
  readonly clock: Clock;
  /** A call that is not answered for so long is given up, in milliseconds. */
  readonly timeout: number;
  /** Called in the tick of a change, after it. `reason` is for people, of a change to `local`. */
  readonly onMode: (mode: SharedMode, reason: string | undefined) => void;
}

/** A call is late after this part of the timeout. */
const SUSPECT = 1 / 5;

/** Returns one of a ledger that was not asked yet. */
export function createAvailability(options: AvailabilityOptions): Availability {
  return new CallAvailability(options);
}

class CallAvailability implements Availability {
  readonly #options: AvailabilityOptions;
  mode: SharedMode = 'local';
  /** The calls under way, the oldest first. */
  readonly #underWay = new Set<number>();
  #calls = 0;
  #alarm: Disposable | undefined;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
  }

  begin(): (error?: unknown) => void {
    const call = this.#calls++;
    this.#underWay.add(call);
    this.#watch();
    return (error) => {
      if (!this.#underWay.delete(call)) return;
      if (error !== undefined) this.lose(error instanceof Error ? error.message : 'a call failed');
      else if (this.mode === 'suspect') {
        this.#unwatch();
        this.#change('shared');
        this.#watch();
      }
    };
  }

  restored(): void {
    this.#change('shared');
    this.#watch();
  }

  lose(reason: string): void {
    if (this.mode === 'local') return;
    // Its calls may never end; they are not what the next judgement is about.
    this.#underWay.clear();
    this.#unwatch();
    this.#change('local', reason);
  }

  /** One alarm for all calls, at the oldest: an alarm for each would cost more than the call. It counts only time in which the loop ran. */
  #watch(): void {
    if (this.#alarm !== undefined || this.mode === 'local') return;
    const [oldest] = this.#underWay;
    if (oldest === undefined) return;
    const { clock, timeout } = this.#options;
    const part = this.mode === 'shared' ? SUSPECT : 1 - SUSPECT;
    this.#alarm = loopTimer(clock, timeout * part, () => {
      this.#alarm = undefined;
      if (this.#underWay.has(oldest)) this.#isLate();
      this.#watch();
    });
  }

  #isLate(): void {
    if (this.mode === 'shared') this.#change('suspect');
    else this.lose(`no answer within ${this.#options.timeout} ms`);
  }

  #unwatch(): void {
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = undefined;
  }

  #change(mode: SharedMode, reason?: string): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#options.onMode(mode, reason);
  }
}
