import type { AnsweredResult, AttemptResult, EndedStream, FailedResult } from '../attempt/answer.ts';
import { failureOfAbort, failureOfThrow } from '../attempt/failures.ts';
import type { Failure } from '../domain/outcome.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Selected } from './candidates.ts';
import type { ChainRequest } from './tools.ts';
import type { BegunAttempt, EndedAttempt } from './trail.ts';

/** What one turn came to: the attempt at a target, or the two that raced. */
export interface Turn {
  /** The attempt that answered; it is not in the trail yet. Undefined where none has answered. */
  readonly answered: EndedAttempt<AnsweredResult> | undefined;
  /** The attempts that failed by themselves, in the order of their ends. */
  readonly failed: readonly EndedAttempt<FailedResult>[];
}

/** An attempt in progress. */
export interface Attempting {
  readonly begun: BegunAttempt;
  readonly result: Promise<AttemptResult>;
}

/** How a target is attempted that may get a rival. */
export interface RaceOptions {
  readonly request: ChainRequest;
  readonly clock: Clock;
  readonly first: Selected;
  /** Milliseconds without a result of the first attempt after which the second one starts. */
  readonly delay: number;
  /** Takes the second target; undefined where there shall be none. */
  readonly takeSecond: () => Promise<Selected | undefined>;
  /** Attempts a target for the given request, which has a signal and an `onStreamEnd` of its own. */
  readonly attempt: (selected: Selected, request: ChainRequest, hedge: boolean) => Attempting;
  /** Adds a failed attempt to the trail. */
  readonly record: (ended: EndedAttempt<FailedResult>) => void;
  /** Whether a failure of the first target ends the request, whatever the second one does. */
  readonly isFinal: (failure: Failure) => boolean;
}

/**
 * Attempts a target, and a second one beside it when the first one has no result in time. The first to answer wins; of two answers in one turn
 * of the event loop it is the first target's. The other one is cancelled as `hedge_lost` and is in the trail before this resolves; the end of
 * its stream is not reported. An attempt that fails leaves the race to the other. Rejects only where the first attempt does.
 */
export function race(options: RaceOptions): Promise<Turn> {
  return new Race(options).run();
}

class Race {
  readonly #options: RaceOptions;
  readonly #failed: EndedAttempt<FailedResult>[] = [];
  /** In the order of their starts. */
  #running: readonly Runner[];

  constructor(options: RaceOptions) {
    this.#options = options;
    this.#running = [new Runner(options, options.first, false)];
  }

  async run(): Promise<Turn> {
    try {
      if (await this.#isSlow()) await this.#startSecond();
      let answered: EndedAttempt<AnsweredResult> | undefined;
      while (answered === undefined && this.#running.length > 0) {
        await Promise.race(this.#running.map(({ over }) => over));
        // Whatever else this turn of the event loop has brought is known by then.
        if (this.#running.length > 1) await afterMicrotasks();
        answered = await this.#decide();
      }
      return { answered, failed: this.#failed };
    } finally {
      // None runs any more, unless an attempt has thrown.
      for (const each of this.#running) each.abort();
    }
  }

  /** Whether the first attempt has no result after the delay. */
  async #isSlow(): Promise<boolean> {
    const { clock, delay } = this.#options;
    const late = Promise.withResolvers<true>();
    using _ = clock.timer(delay, () => late.resolve(true));
    const [first] = this.#running;
    return (await Promise.race([first?.over, late.promise])) === true;
  }

  async #startSecond(): Promise<void> {
    const second = await this.#options.takeSecond();
    if (second === undefined) return;
    const ended = this.#running[0]?.ended;
    // The first one may have ended while the second was taken.
    if (ended !== undefined && this.#endsRequest(ended)) second.hold.release('neither');
    else this.#running = [...this.#running, new Runner(this.#options, second, true)];
  }

  /** The attempt that has answered; cancels the others then, and where a failure ends the request. */
  async #decide(): Promise<EndedAttempt<AnsweredResult> | undefined> {
    for (const runner of this.#running) {
      const { ended } = runner;
      if (ended === undefined) continue;
      this.#running = this.#running.filter((each) => each !== runner);
      const { result } = ended;
      if (result.kind === 'failed') this.#fail({ ...ended, result });
      if (!this.#endsRequest(ended)) continue;
      await this.#dropOthers();
      if (result.kind === 'failed') return undefined;
      runner.win();
      return { ...ended, result };
    }
    return undefined;
  }

  async #dropOthers(): Promise<void> {
    const losers = this.#running;
    this.#running = [];
    for (const loser of losers) {
      const ended = await loser.lose();
      if (ended?.result.failure.reason === 'hedge_lost') this.#options.record(ended);
      else if (ended !== undefined) this.#fail(ended);
    }
  }

  #fail(ended: EndedAttempt<FailedResult>): void {
    this.#options.record(ended);
    this.#failed.push(ended);
  }

  #endsRequest({ hedge, result }: EndedAttempt): boolean {
    return result.kind === 'answered' || (!hedge && this.#options.isFinal(result.failure));
  }
}

/** One attempt of a race. */
class Runner {
  readonly #scope: AbortScope;
  readonly #onStreamEnd: ChainRequest['onStreamEnd'];
  #stream: EndedStream | undefined;
  #won = false;
  ended: EndedAttempt | undefined;
  /** Resolves once `ended` is set; rejects where the attempt has thrown. */
  readonly over: Promise<void>;

  constructor({ request, attempt, clock }: RaceOptions, selected: Selected, hedge: boolean) {
    const { scope, onStreamEnd } = request;
    this.#scope = openAbortScope(scope.signal);
    this.#onStreamEnd = onStreamEnd;
    const own: ChainRequest = {
      ...request,
      scope: scope.below(this.#scope.signal),
      onStreamEnd: (stream) => this.#streamEnded(stream),
    };
    this.over = this.#follow(attempt(selected, own, hedge), clock);
    // The race awaits it only while it is wanted.
    this.over.catch(() => undefined);
  }

  /** Makes this the attempt whose stream's end is reported. A stream may have ended before. */
  win(): void {
    this.#won = true;
    if (this.#stream !== undefined) this.#onStreamEnd(this.#stream);
  }

  abort(): void {
    this.#scope.abort('hedge_lost');
  }

  /** Cancels the attempt, and returns how it has ended; undefined where it has thrown. An answer that came too late has lost. */
  async lose(): Promise<EndedAttempt<FailedResult> | undefined> {
    this.abort();
    await this.over.catch(() => undefined);
    const { ended } = this;
    if (ended === undefined) return undefined;
    const { result } = ended;
    if (result.kind === 'failed') return { ...ended, result };
    const { answer, connectedAt } = result;
    const used = answer.kind === 'json' ? answer.usage : this.#stream?.usage;
    return {
      ...ended,
      result: { kind: 'failed', failure: failureOfAbort('hedge_lost'), added: [], used, connectedAt },
    };
  }

  async #follow({ begun, result: attempting }: Attempting, clock: Clock): Promise<void> {
    // A second attempt must not fail a request that the first one may answer, not even by a defect.
    const result = await (begun.hedge ? attempting.catch(failedBy) : attempting);
    this.ended = { ...begun, result, endedAt: clock.now() };
    if (result.kind === 'failed') this.#scope[Symbol.dispose]();
  }

  #streamEnded(stream: EndedStream): void {
    this.#stream = stream;
    // A committed stream is cancelled through this scope until its end.
    this.#scope[Symbol.dispose]();
    if (this.#won) this.#onStreamEnd(stream);
  }
}

function failedBy(thrown: unknown): FailedResult {
  return { kind: 'failed', failure: failureOfThrow(thrown), added: [] };
}

function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
