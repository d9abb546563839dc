import type { Response } from '../domain/responses.ts';
import type { Run } from '../domain/run.ts';
import type { ReportedRun } from '../domain/scope.ts';
import { type EventPosition, numberAt } from './event-position.ts';
import type { FoundRun } from './found-run.ts';
import type { KeptRun } from './kept-run.ts';
import type { RunPlace } from './readable-run.ts';
import { numberBehind, shellOf, toResponse } from './to-response.ts';
import { answerOf, toRun } from './to-run.ts';

/** A run that its client has just created. */
export interface BegunRun {
  /** It as it was before anything was sent. */
  readonly shown: Run;
  /** Whether it should be known to other processes, and is not. */
  readonly isUnshared: boolean;
}

/** A run of this process. */
export class OwnRun implements FoundRun {
  readonly run: KeptRun;
  readonly #expiresAt: (run: KeptRun) => number | undefined;
  readonly #begun: BegunRun | undefined;

  constructor(run: KeptRun, expiresAt: (run: KeptRun) => number | undefined, begun?: BegunRun) {
    this.run = run;
    this.#expiresAt = expiresAt;
    this.#begun = begun;
  }

  get id(): string {
    return this.run.id;
  }

  get reported(): ReportedRun {
    return { id: this.run.id, report: this.run.scope.report, isUnshared: this.#begun?.isUnshared };
  }

  async at(position: EventPosition): Promise<RunPlace> {
    return { run: this.run, after: numberAt(this.run, position) };
  }

  async behind(sequenceNumber: number): Promise<RunPlace> {
    return { run: this.run, after: numberBehind(this.run, sequenceNumber) };
  }

  show(): Run {
    return this.#begun?.shown ?? toRun(this.run, this.#expiresAt(this.run));
  }

  async showAnswer(signal: AbortSignal): Promise<Run> {
    const { run } = this;
    if (run.status !== 'completed') return this.show();
    return { ...this.show(), answer: await answerOf(run, { answerFrom: run.answerFrom, signal }) };
  }

  async showResponse(): Promise<Response> {
    const { run } = this;
    return toResponse({
      run,
      status: this.#begun?.shown.status ?? run.status,
      error: run.error?.wire,
      shell: shellOf(run),
    });
  }

  async cancel(): Promise<this> {
    this.run.cancel();
    return this;
  }
}
