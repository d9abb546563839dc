import type { RunSettings } from '../../config/run-settings.ts';
import type { KeptRun } from '../kept-run.ts';
import type { RunClaim, SharedRun } from '../shared-runs.ts';
import type { RunCommand } from './run-commands.ts';
import { listOf, type RunKeys } from './run-keys.ts';
import { firstMembers, presentMembers } from './run-record.ts';

/** What a run is published with. */
export interface PublicationOptions {
  readonly run: KeptRun;
  readonly claim: RunClaim | undefined;
  readonly keys: RunKeys;
  /** Its owner: this process. */
  readonly process: string;
  readonly settings: () => RunSettings;
  /** Called with the bytes of new events, or with Infinity where they should be written at once. */
  readonly onChange: (publication: Publication, bytes: number) => void;
  /** Called when the run is removed where others read it. */
  readonly onRemove: (publication: Publication) => void;
}

/** How long a process counts as alive after it has said so, in milliseconds. */
export const ALIVE_MS = 5000;
/** How often that is said, in milliseconds: with the beat of each second. */
const RENEW_MS = 900;
/** How long a run is kept at least that its owner does not renew, beside the time for which ended ones are, in milliseconds. */
const LOST_MS = 60_000;

/** What `write` has for one run. */
export interface RunWrite {
  /** Its record's. */
  readonly key: string;
  readonly args: readonly (string | Buffer)[];
  /** Number of the last event that it writes; 0 for none. */
  readonly last: number;
  /** Whether the run is over with it. */
  readonly isLast: boolean;
}

/** A run of this process, as far as it is written where other processes read it. */
export class Publication implements SharedRun {
  readonly run: KeptRun;
  readonly claim: RunClaim | undefined;
  readonly keys: RunKeys;
  readonly isShared: Promise<boolean>;
  readonly #options: PublicationOptions;
  readonly #shared = Promise.withResolvers<boolean>();
  /** Number of the last event that is written. */
  #written = 0;
  /** Whether what is written is known. */
  #isOpen = false;
  #isOver = false;
  /** Whether the record is behind the run. */
  #isStale = false;
  #renewedAt = 0;
  /** Number of the oldest event that is kept, as it is written. */
  #oldest = 1;

  constructor(options: PublicationOptions) {
    const { run, claim, keys } = options;
    this.run = run;
    this.claim = claim;
    this.keys = keys;
    this.#options = options;
    this.isShared = this.#shared.promise;
  }

  /** Whether nothing is left to write. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isReadable(): boolean {
    return this.#isOpen;
  }

  /** Milliseconds for which what is written is kept. */
  get keepMs(): number {
    const { keep } = this.#options.settings();
    return this.run.over ? keep : keep + LOST_MS;
  }

  onEvents(bytes: number): void {
    if (this.#isOver) return;
    if (bytes === Infinity) this.#isStale = true;
    this.#options.onChange(this, bytes);
  }

  remove(): void {
    this.#isOver = true;
    this.#options.onRemove(this);
  }

  /** Reports whether other processes know the run; only the first time counts. */
  settle(isShared: boolean): void {
    this.#shared.resolve(isShared);
  }

  /** What is written is not known any more: the next write finds out. Where the run is no longer kept, nothing is written. */
  lost(): void {
    this.#isOpen = false;
    if (this.run.over && this.run.log.bytes === 0) this.#isOver = true;
  }

  /** The first command, which also finds out what is written; undefined once that is known. */
  opening(): RunCommand | undefined {
    if (this.#isOpen) return undefined;
    const { run, keys } = this;
    const { process, settings } = this.#options;
    // It is over only with its last event.
    const members = [...firstMembers(run), ...presentMembers(run, settings().keep), 'over', '0'];
    return { script: 'open', keys: listOf(keys), args: [process, ALIVE_MS, this.keepMs, ...members] };
  }

  /** What `write` has for this run; undefined where there is nothing to write or to renew. `now`: milliseconds since the epoch. */
  next(now: number): RunWrite | undefined {
    const { run } = this;
    const { log } = run;
    const from = Math.max(this.#written + 1, log.first);
    const { bytes, next } = log.range(from, 'all');
    const isLast = run.over && next > log.last;
    const renews = isLast || now - this.#renewedAt >= RENEW_MS;
    const isPresent = isLast || (this.#isStale && !run.over);
    if (bytes === undefined && !renews && !isPresent) return undefined;
    if (renews) this.#renewedAt = now;
    if (isPresent) this.#isStale = false;
    const oldest = log.first > this.#oldest ? log.first : 0;
    this.#oldest = log.first;
    const failure = isLast && run.error !== undefined ? [run.error.code, run.failureEvents ?? ''] : [];
    const members = isPresent ? presentMembers(run, this.#options.settings().keep) : [];
    const numbers = bytes === undefined ? [0, 0] : [next - 1, from];
    const flags = [this.keepMs, Number(isLast), Number(renews), ...numbers, oldest, Number(failure.length > 0)];
    return {
      key: this.keys.record,
      args: [[...flags, members.length].join(' '), bytes ?? '', ...failure, ...members],
      last: bytes === undefined ? 0 : next - 1,
      isLast,
    };
  }

  /** Takes the reply to `opening`. Returns whether there is more to write. */
  opened(last: unknown): boolean {
    if (typeof last !== 'number' || last < 0) {
      this.#isOver = true;
      this.settle(false);
      return false;
    }
    this.#written = last;
    this.#isOpen = true;
    this.#isStale = true;
    this.settle(true);
    return this.run.log.last > last || this.run.over;
  }

  /** Takes the reply to a write. Returns whether there is more to write. */
  wrote({ last, isLast }: RunWrite, reply: unknown): boolean {
    // Another process has ended the run, or Redis has forgotten it.
    if (reply !== 1) {
      this.#isOpen = false;
      return true;
    }
    this.#written = Math.max(this.#written, last);
    this.#isOver ||= isLast;
    return !this.#isOver && (this.#written < this.run.log.last || this.run.over);
  }
}
