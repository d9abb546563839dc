import type { Stage } from '../chain/stage.ts';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink, type StreamEnd } from '../domain/event-stream.ts';
import { attemptsOf } from '../domain/trail.ts';
import { openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { earlyStream } from '../sse/early-stream.ts';
import type { KeptRun } from './kept-run.ts';

/** The failures of a provider after the commit. Every other end is an abort, or the gateway's own. */
const CUTS: ReadonlySet<ErrorCode> = new Set(['upstream_failed', 'upstream_truncated', 'upstream_timeout']);

/** Begins the answer again. `signal` ends that. */
type Again = (error: GatewayError, signal: AbortSignal) => Promise<EventStream<unknown>>;

/**
 * Makes the stage of a run whose answer begins again, once, when it breaks off after its commit. The run gets a `reset` event before the first
 * chunk of the second answer, for which the chain has its whole deadline once more.
 */
export function createRestart(run: KeptRun, clock: Clock): Stage {
  return async (call, scope, next) => {
    const first = await next(call, scope);
    if (first.kind !== 'stream') return first;
    const again: Again = async ({ code }, signal) => {
      run.add({ type: 'reset', n: attemptsOf(scope.report.trail), reason: code });
      const answer = await next(call, scope.again(clock.now()).below(signal));
      if (answer.kind === 'stream') return answer.stream;
      throw new GatewayError('internal_error', { message: 'JSON arrived in place of a stream.' });
    };
    return { kind: 'stream', stream: new RestartedStream(first.stream, again, scope.signal) };
  };
}

class RestartedStream implements EventStream<unknown> {
  readonly #first: EventStream<unknown>;
  readonly #again: Again;
  readonly #signal: AbortSignal;
  #second: EventStream<unknown> | undefined;

  constructor(first: EventStream<unknown>, again: Again, signal: AbortSignal) {
    this.#first = first;
    this.#again = again;
    this.#signal = signal;
  }

  get named(): boolean | undefined {
    return (this.#second ?? this.#first).named;
  }

  [raw](sink: RawSink): RawControl {
    let paused = true;
    let control = this.#first[raw]({
      events: (bytes) => sink.events(bytes),
      end: (result) => {
        const cut = cutIn(result);
        if (cut === undefined) return sink.end(result);
        this.#second = this.#begin(cut);
        control = this.#second[raw](sink);
        if (!paused) control.resume();
      },
    });
    return {
      pause() {
        paused = true;
        control.pause();
      },
      resume() {
        paused = false;
        control.resume();
      },
      cancel: (code) => control.cancel(code),
    };
  }

  [Symbol.asyncIterator](): never {
    throw new Error('The answer of a run is read as bytes.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#second ?? this.#first)[Symbol.asyncDispose]();
  }

  /** The second answer, also while it is awaited. */
  #begin(cut: GatewayError): EventStream<unknown> {
    const own = openAbortScope(this.#signal);
    return earlyStream(this.#again(cut, own.signal), () => own.abort('client_closed'));
  }
}

function cutIn(result: StreamEnd): GatewayError | undefined {
  return result.kind === 'failed' && CUTS.has(result.error.code) ? result.error : undefined;
}
