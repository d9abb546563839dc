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
/** How long a run is kept at least that its owner does not renew, beside the time for which ended ones are, in milliseconds. */
const LOST_MS = 60_000;

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

  /** The next command; without new events it renews what is written. Undefined where nothing is left to write. */
  next(): RunCommand | undefined {
    if (this.#isOver) return undefined;
    const { run, keys } = this;
    const { process, settings } = this.#options;
    if (!this.#isOpen) {
      const members = [...firstMembers(run), ...presentMembers(run, settings().keep)];
      // It is over only with its last event.
      const args = [process, ALIVE_MS, this.keepMs, ...members, 'over', '0'];
      return { script: 'open', keys: listOf(keys), args };
    }
    const { log } = run;
    const from = Math.max(this.#written + 1, log.first);
    const { bytes, next } = log.range(from, 'all');
    const isLast = run.over && next > log.last;
    const isPresent = isLast || (this.#isStale && !run.over);
    const ends = isLast && run.error !== undefined;
    const oldest = log.first > 1 ? log.first : '';
    return {
      script: 'write',
      keys: listOf(keys),
      args: [
        process,
        ALIVE_MS,
        this.keepMs,
        isLast ? '1' : '0',
        ...(bytes === undefined ? ['', '', ''] : [next - 1, from, bytes]),
        ...(ends ? [run.error?.code ?? '', run.failureEvents ?? ''] : ['', '']),
        oldest,
        ...(isPresent ? presentMembers(run, settings().keep) : []),
      ],
    };
  }

  /** Notes that a command of `next` has gone out, which has what was there then. Returns what its reply is for: whether there is more to write. */
  sent({ script, args }: RunCommand): (reply: unknown) => boolean {
    if (script === 'open') return (last) => this.#opened(last);
    const isLast = args[3] === '1';
    const number = Number(args[4]);
    if (args.length > MEMBERS_AT) this.#isStale = false;
    return (reply) => {
      // Another process has ended the run, or Redis has forgotten it.
      if (reply !== 1) {
        this.#isOpen = false;
        this.#isStale = true;
        return true;
      }
      this.#written = Math.max(this.#written, number);
      this.#isOver ||= isLast;
      return !this.#isOver && (this.#written < this.run.log.last || this.run.over);
    };
  }

  #opened(last: unknown): boolean {
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
}

/** Where the members of the record begin in the arguments of `write`. */
const MEMBERS_AT = 10;
