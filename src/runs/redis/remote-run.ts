import { GatewayError } from '../../domain/errors.ts';
import type { Response } from '../../domain/responses.ts';
import type { Run } from '../../domain/run.ts';
import type { ReportedRun } from '../../domain/scope.ts';
import type { Clock } from '../../lib/clock.ts';
import { comeAgain } from '../come-again.ts';
import { type EventPosition, numberAt, numberOf } from '../event-position.ts';
import type { FoundRun } from '../found-run.ts';
import type { RunPlace } from '../readable-run.ts';
import { numberBehind, toResponse } from '../to-response.ts';
import { answerOf } from '../to-run.ts';
import type { MirroredRun } from './mirrored-run.ts';
import type { Mirrors } from './mirrors.ts';
import type { RunRecord } from './run-record.ts';

/** What runs of other processes are used with. */
export interface RemoteRunOptions {
  readonly mirrors: Mirrors;
  readonly clock: Clock;
  /** Asks a run's owner to cancel it. */
  readonly cancel: (record: RunRecord) => void;
  /** A run as it is now. */
  readonly look: (id: string) => Promise<RunRecord | undefined>;
}

/** How long an event beyond the last one, and the owner's answer, are waited for, in milliseconds. */
const WAIT_MS = 1000;
/** By how much an owner's time differs at least where it was renewed, in milliseconds. */
const RENEWED_MS = 200;
/** How long the events of an ended run may take, in milliseconds. */
const LOAD_MS = 10_000;

/** A run of another process, as it was when it was looked for. */
export class RemoteRun implements FoundRun {
  readonly #record: RunRecord;
  readonly #options: RemoteRunOptions;

  constructor(record: RunRecord, options: RemoteRunOptions) {
    this.#record = record;
    this.#options = options;
  }

  get id(): string {
    return this.#record.id;
  }

  get reported(): ReportedRun {
    const { id, facts } = this.#record;
    return { id, report: { ...facts, headers: {}, stream: true, trail: [] } };
  }

  async at(position: EventPosition): Promise<RunPlace> {
    const { id, first, last, over } = this.#record;
    const { mirrors, clock } = this.#options;
    const number = numberOf(this.#record, position);
    if (number <= last || over) {
      const after = numberAt({ id, log: { first, last } }, position);
      return { run: mirrors.open(this.#record, after), after };
    }
    // Readers of its owner are ahead of what is written for others.
    const run = mirrors.open(this.#record, last);
    const began = clock.now();
    if (!(await run.until(number, { clock, ms: WAIT_MS }))) await this.#requireOwner(number, began);
    return { run, after: numberAt(run, position) };
  }

  /** An owner says each second that it is alive. One that was lost may have shown more events than it has written: then the run ends behind the reader's last one. */
  async #requireOwner(number: number, began: number): Promise<void> {
    const { mirrors, clock, look } = this.#options;
    const left = this.#record.ownerMs - (clock.now() - began);
    const now = await look(this.id);
    if (now === undefined || now.over || now.ownerMs > Math.max(0, left + RENEWED_MS)) return;
    mirrors.watch(now, number);
    throw comeAgain();
  }

  async behind(sequenceNumber: number): Promise<RunPlace> {
    const run = await this.#loaded(this.#record.first);
    return { run, after: numberBehind(run, sequenceNumber) };
  }

  show(): Run {
    const { id, run, last } = this.#record;
    return { ...run, last_event_id: last === 0 ? null : `${id}:${last}` };
  }

  async showAnswer(signal: AbortSignal): Promise<Run> {
    const { run, answerFrom, first } = this.#record;
    if (run.status !== 'completed' || first > answerFrom) return this.show();
    return { ...this.show(), answer: await answerOf(await this.#loaded(answerFrom), { answerFrom, signal }) };
  }

  async showResponse(): Promise<Response> {
    const { run, first, last, shell, over } = this.#record;
    if (shell === undefined) throw new GatewayError('run_not_found', { message: 'The run is none of a response.' });
    const whole = await this.#loaded(over ? first : last + 1);
    const error = run.error === null ? undefined : run.error;
    return toResponse({ run: whole, status: run.status, error, shell });
  }

  async cancel(): Promise<FoundRun> {
    const { over, last } = this.#record;
    const { mirrors, clock, cancel, look } = this.#options;
    if (over) return this;
    const run = mirrors.open(this.#record, last);
    cancel(this.#record);
    await run.until(Infinity, { clock, ms: WAIT_MS });
    const now = await look(this.id);
    return now === undefined ? this : new RemoteRun(now, this.#options);
  }

  /** Its events so far from one on. */
  async #loaded(from: number): Promise<MirroredRun> {
    const { mirrors, clock } = this.#options;
    const { last } = this.#record;
    const run = mirrors.open(this.#record, Math.min(from - 1, last));
    if (await run.until(last, { clock, ms: LOAD_MS })) return run;
    throw comeAgain();
  }
}
