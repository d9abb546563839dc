import type { GatewayError } from '../../domain/errors.ts';
import type { Operation } from '../../domain/operation.ts';
import type { Clock } from '../../lib/clock.ts';
import { EventLog, type EventParts } from '../event-log.ts';
import { type Frame, type FrameForm, framesIn, jsonIn, typeIn } from '../frames.ts';
import type { ReadableRun } from '../readable-run.ts';
import { errorOfRun } from './run-record.ts';
import type { StreamEntry } from './stream-tail.ts';

/** What a mirror is made of. */
export interface MirroredRunParts {
  readonly id: string;
  /** The process that has the run. */
  readonly owner: string;
  readonly operation: Operation;
  readonly form: FrameForm;
  /** Number of the event behind which it begins. */
  readonly after: number;
  readonly maxBytes: number;
  /** Gets each change of the memory that it takes, in bytes. */
  readonly onBytes: (change: number) => void;
  /** Called when the first reader comes, and when the last one goes. */
  readonly onReaders: () => void;
}

/** The place of an event that is lost. */
const NOTHING: EventParts = { before: '', source: Buffer.alloc(0), from: 0, to: 0, after: '', isChunk: false };

/** The events of another process's run, from one of them on, for the readers of this process. */
export class MirroredRun implements ReadableRun {
  readonly log: EventLog;
  over = false;
  error: GatewayError | undefined;
  failureEvents: string | undefined;
  sentOn: GatewayError | undefined;
  readonly opened: Promise<void>;
  readonly #parts: MirroredRunParts;
  readonly #opened = Promise.withResolvers<void>();
  readonly #readers = new Set<() => void>();
  readonly #watchers = new Set<() => void>();

  constructor(parts: MirroredRunParts) {
    this.#parts = parts;
    this.log = new EventLog(parts.onBytes, parts.maxBytes, parts.after);
    this.opened = this.#opened.promise;
    this.opened.catch(() => undefined);
  }

  get id(): string {
    return this.#parts.id;
  }

  get owner(): string {
    return this.#parts.owner;
  }

  get operation(): Operation {
    return this.#parts.operation;
  }

  get form(): FrameForm {
    return this.#parts.form;
  }

  get readers(): number {
    return this.#readers.size;
  }

  frameAt(number: number): Frame {
    return { ...this.log.eventAt(number), form: this.#parts.form };
  }

  attach(onEvents: () => void): Disposable {
    this.#readers.add(onEvents);
    if (this.#readers.size === 1) this.#parts.onReaders();
    return {
      [Symbol.dispose]: () => {
        if (this.#readers.delete(onEvents) && this.#readers.size === 0) this.#parts.onReaders();
      },
    };
  }

  /** Adds entries of the run's stream. */
  take(entries: readonly StreamEntry[]): void {
    for (const entry of entries) this.#take(entry);
    while (this.log.bytes > this.#parts.maxBytes && this.log.dropOldest());
    this.#notify();
  }

  /** Ends its readers once they have all events that are here, so that their clients read on behind them. */
  sendOn(reason: GatewayError): void {
    if (this.over) return;
    this.sentOn ??= reason;
    this.#opened.reject(reason);
    this.#notify();
  }

  /** Resolves when an event is here, or the last one, or after a time: with whether it is. */
  async until(number: number, { clock, ms }: { readonly clock: Clock; readonly ms: number }): Promise<boolean> {
    const isThere = (): boolean => this.over || this.log.last >= number;
    if (isThere()) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (isThere() || this.sentOn !== undefined) resolve();
    };
    using _ = clock.timer(ms, resolve);
    this.#watchers.add(check);
    await promise;
    this.#watchers.delete(check);
    return isThere();
  }

  #take({ id, members }: StreamEntry): void {
    const bytes = members.get('e');
    if (bytes === undefined || this.over || Number.parseInt(id, 10) <= this.log.last) return;
    let number = Number(members.get('f'));
    // What lies between was never written where the owner was lost, else it is no longer kept.
    if (members.get('c')?.toString() === 'run_interrupted') while (number > this.log.last + 1) this.log.append(NOTHING);
    else if (number > this.log.last + 1) this.log.skipTo(number - 1);
    for (const { from, to, isChunk } of framesIn(bytes, this.#parts.form)) {
      if (number++ <= this.log.last) continue;
      this.log.append({ before: '', source: bytes, from, to, after: '', isChunk });
      if (isChunk) this.#opened.resolve();
      else this.#own(bytes.subarray(from, to), members);
    }
  }

  /** An event of the gateway's own. */
  #own(bytes: Buffer, members: StreamEntry['members']): void {
    const json = jsonIn({ bytes, isChunk: false, form: this.#parts.form });
    const type = typeIn(json);
    if (type === 'committed') this.#opened.resolve();
    if (type !== 'done' && type !== 'error') return;
    this.over = true;
    if (type === 'error') {
      const failure = members.get('x')?.toString() ?? '';
      this.failureEvents = failure === '' ? undefined : failure;
      this.error = errorOfRun(JSON.parse(json.toString()), members.get('c')?.toString() ?? '');
      this.#opened.reject(this.error);
    }
    this.#opened.resolve();
  }

  #notify(): void {
    for (const each of [...this.#readers, ...this.#watchers]) each();
  }
}
