import type { AnswerContext, Codec, Encoded, Unsuited } from '../dialects/codec.ts';
import { Aborted, abortCode, onAbort } from '../lib/abort.ts';
import { type Redact, withoutHost } from '../lib/redact.ts';
import { runInSlices } from '../lib/steps.ts';
import { observeLimits } from '../refusals/observe-limits.ts';
import type { Exchange, Receiver, ReplyHead, TransportFailure } from '../upstream/transport.ts';
import type { AttemptResult } from './answer.ts';
import type { AttemptContext, AttemptOptions, AttemptTools, BodyReceiver } from './attempt-context.ts';
import { failureOfAbort, failureOfThrow, failureOfTransport, failureOfUnsent } from './failures.ts';
import { receiveJson } from './receive-json.ts';
import { receiveRefusal } from './receive-refusal.ts';
import { receiveStream } from './receive-stream.ts';
import { type AttemptWatchdogs, startWatchdogs } from './watchdogs.ts';

/**
 * Sends one request to a target once, without the gateway's own parameters that the target is known to refuse. Every outcome is a value. Rejects
 * only with the GatewayError of a request that cannot be encoded because it is certainly wrong.
 */
export function attempt(
  tools: AttemptTools,
  options: AttemptOptions,
  without: ReadonlySet<string>,
): Promise<AttemptResult> {
  return new Attempt(tools, options, without).result;
}

/** One attempt: receives its exchange's callbacks, and is the context of its body receiver. */
class Attempt implements Receiver, AttemptContext {
  readonly result: Promise<AttemptResult>;
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  readonly codec: Codec;
  readonly answerContext: AnswerContext;
  readonly watchdogs: AttemptWatchdogs;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #reject: (thrown: unknown) => void;
  /** The encoding of a large request, while it takes several turns of the event loop. */
  #encoding: Disposable | undefined;
  /** The client's fields that are not in the request. */
  #dropped: readonly string[] | undefined;
  /** The gateway's own parameters in the request. */
  #added: readonly string[] = [];
  // Undefined while it is being made: a signal that is aborted already calls back at once.
  readonly #abortListener: Disposable | undefined;
  #exchange: Exchange | undefined;
  #body: BodyReceiver | undefined;
  #unreadable = false;
  /** Whether the exchange is over. */
  #exchanged = false;
  /** Why the exchange was cancelled; the first reason wins. */
  #cancelledWith: string | undefined;
  #released = false;

  constructor(tools: AttemptTools, options: AttemptOptions, without: ReadonlySet<string>) {
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResult>();
    const { call, target } = options;
    this.codec = tools.codecOf(call.operation, target.dialect);
    this.result = promise;
    this.tools = tools;
    this.options = options;
    this.answerContext = { call, quirks: target.quirks, model: target.model };
    this.#resolve = resolve;
    this.#reject = reject;
    this.watchdogs = startWatchdogs({
      clock: tools.clock,
      timeouts: options.timeouts,
      stream: call.stream,
      commitWithin: options.commitWithin,
      onTimeout: (code) => this.abort(code),
    });
    this.#abortListener = onAbort(options.signal, () => this.abort(abortCode(options.signal)));
    if (this.#cancelledWith === undefined) this.#encode(without);
  }

  /** Encodes the request and sends it: at once, unless it is a large one that is translated. */
  #encode(without: ReadonlySet<string>): void {
    const { call, target, headers } = this.options;
    const encodeOptions = { without, headers };
    try {
      const steps = this.codec.encodeSteps?.(call, target, encodeOptions);
      if (steps === undefined) this.#send(this.codec.encode(call, target, encodeOptions));
      else
        this.#encoding = runInSlices(steps, {
          done: (encoded) => this.#send(encoded),
          failed: (thrown) => this.#cannotEncode(thrown),
        });
    } catch (thrown) {
      this.#cannotEncode(thrown);
    }
  }

  /** The request is certainly wrong: it fails whatever the target is. */
  #cannotEncode(thrown: unknown): void {
    this.#reject(thrown);
    this.release();
  }

  #send(encoded: Encoded | Unsuited): void {
    if ('unsuited' in encoded) {
      const { unsuited: message, field, code } = encoded;
      this.#fail({ kind: 'unsuited', message, field, code, unsent: true });
      return;
    }
    this.#added = encoded.added;
    this.#dropped = encoded.dropped;
    try {
      this.#exchange = this.tools.transport(encoded.request, this);
    } catch (thrown) {
      this.#fail(failureOfUnsent(thrown));
      return;
    }
    // It may have been cancelled while it began.
    if (this.#cancelledWith !== undefined) this.#cancelExchange(this.#cancelledWith);
  }

  get redact(): Redact {
    return withoutHost(this.options.redact, this.options.target.baseUrl);
  }

  pause(): void {
    this.#exchange?.pause();
  }

  resume(): void {
    this.#exchange?.resume();
  }

  settle(result: AttemptResult): void {
    const settled =
      result.kind === 'failed' ? { ...result, added: this.#added } : { ...result, dropped: this.#dropped };
    this.tools.inCohort(() => this.#resolve(settled));
    if (result.kind === 'failed' || result.answer.kind === 'json') this.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#encoding?.[Symbol.dispose]();
    this.watchdogs[Symbol.dispose]();
    this.#abortListener?.[Symbol.dispose]();
    this.#cancelExchange('settled');
  }

  abort(code: string): void {
    if (this.#released || this.#cancelledWith !== undefined) return;
    this.#cancelledWith = code;
    this.#guarded(() => {
      if (this.#body === undefined) this.#fail(failureOfAbort(code));
      else this.#body.interrupted({ kind: 'cancelled', code });
    });
    this.#cancelExchange(code);
  }

  started(): void {
    this.watchdogs.started();
    this.options.listener.sent?.();
  }

  head(head: ReplyHead): void {
    this.#guarded(() => {
      const { options, watchdogs } = this;
      watchdogs.head();
      if (head.status < 200 || head.status >= 300) {
        // Nothing but its body is missing, so silence counts from now on.
        watchdogs.data();
        this.#body = receiveRefusal(this, head);
        return;
      }
      const { rules } = options.target;
      options.listener.replied?.(observeLimits(head.headers, { rules, now: this.tools.clock.now() }));
      this.#body = options.call.stream ? receiveStream(this, head) : receiveJson(this, head);
    });
  }

  data(bytes: Buffer): void {
    if (this.#unreadable) return;
    // Called often, so it is guarded without a closure of its own.
    try {
      this.#body?.data(bytes);
    } catch (thrown) {
      this.#failUnreadable(thrown);
    }
  }

  end(): void {
    this.#guarded(() => {
      this.#exchanged = true;
      this.#body?.end();
    });
  }

  failed(failure: TransportFailure): void {
    this.#guarded(() => {
      this.#exchanged = true;
      if (this.#body === undefined) this.#fail(failureOfTransport(failure));
      else this.#body.interrupted(failure);
    });
  }

  #fail(failure: ReturnType<typeof failureOfAbort>): void {
    this.settle({ kind: 'failed', failure, added: this.#added });
  }

  #cancelExchange(code: string): void {
    this.#cancelledWith ??= code;
    if (this.#exchanged || this.#exchange === undefined) return;
    this.#exchanged = true;
    this.#exchange.abort(new Aborted(this.#cancelledWith));
  }

  #guarded(step: () => void): void {
    if (this.#unreadable) return;
    try {
      step();
    } catch (thrown) {
      this.#failUnreadable(thrown);
    }
  }

  /** Whatever the reading of a reply throws fails this attempt only: it ends once, and everything is released. */
  #failUnreadable(thrown: unknown): void {
    this.#unreadable = true;
    const failure = failureOfThrow(thrown);
    try {
      this.#body?.interrupted({ kind: 'unreadable', message: failure.message });
    } catch {
      // Even the end of the stream could not be delivered to its reader; everything is released below.
    }
    this.#fail(failure);
  }
}
