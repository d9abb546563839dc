import { Aborted, abortCode, onAbort } from '../lib/abort.ts';
import { createCohort } from '../lib/cohort.ts';
import { type Redact, withoutHost } from '../lib/redact.ts';
import type { Exchange, Receiver, ReplyHead, TransportFailure } from '../upstream/transport.ts';
import type { AttemptResult } from './answer.ts';
import { failureOfAbort, failureOfTransport } from './failures.ts';
import { receiveJson } from './receive-json.ts';
import { receiveRefusal } from './receive-refusal.ts';
import { receiveStream } from './receive-stream.ts';
import type { AttemptOptions, AttemptTools, Reception, ReceptionContext } from './attempt-context.ts';
import { type AttemptWatchdogs, startWatchdogs } from './watchdogs.ts';

/** What comes of an attempt is told together with what comes of others. */
const inCohort = createCohort();

/** Asks one entry once, without parameters of ours that it is known to refuse. Never rejects: whatever happens comes back as a value. */
export function attempt(
  tools: AttemptTools,
  options: AttemptOptions,
  without: ReadonlySet<string>,
): Promise<AttemptResult> {
  return new Attempt(tools, options, without).result;
}

/** One attempt: it hears its exchange, and is what a reception works with. */
class Attempt implements Receiver, ReceptionContext {
  readonly result: Promise<AttemptResult>;
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  readonly watchdogs: AttemptWatchdogs;
  readonly #resolve: (result: AttemptResult) => void;
  /** Parameters of ours in the request. */
  readonly #added: readonly string[];
  // Undefined while it is being made: a signal that was aborted before calls back at once.
  readonly #listening: Disposable | undefined;
  #exchange: Exchange | undefined;
  #reception: Reception | undefined;
  #unreadable = false;
  /** Whether the exchange is over. */
  #exchanged = false;
  /** Why it was ended otherwise; the first reason counts. */
  #ended: string | undefined;
  #released = false;

  constructor(tools: AttemptTools, options: AttemptOptions, without: ReadonlySet<string>) {
    const { promise, resolve } = Promise.withResolvers<AttemptResult>();
    const { headers } = options;
    const { request, added } = tools.dialect.encode(options.call, options.target, { without, headers });
    this.result = promise;
    this.tools = tools;
    this.options = options;
    this.#resolve = resolve;
    this.#added = added;
    this.watchdogs = startWatchdogs({
      clock: tools.clock,
      timeouts: options.timeouts,
      stream: options.call.stream,
      commitWithin: options.commitWithin,
      giveUp: (code) => this.abort(code),
    });
    this.#listening = onAbort(options.signal, () => this.abort(abortCode(options.signal)));
    if (this.#ended !== undefined) return;
    this.#exchange = tools.transport(request, this);
    // It may have been while it began.
    if (this.#ended !== undefined) this.#end(this.#ended);
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
    const told = result.kind === 'failed' ? { ...result, added: this.#added } : result;
    inCohort(() => this.#resolve(told));
    if (result.kind === 'failed' || result.answer.kind === 'json') this.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.watchdogs[Symbol.dispose]();
    this.#listening?.[Symbol.dispose]();
    this.#end('settled');
  }

  abort(code: string): void {
    if (this.#released || this.#ended !== undefined) return;
    this.#ended = code;
    this.#guarded(() => {
      if (this.#reception === undefined) this.#fail(failureOfAbort(code));
      else this.#reception.broke({ kind: 'given_up', code });
    });
    this.#end(code);
  }

  started(): void {
    this.watchdogs.started();
    this.options.watcher.sent?.();
  }

  head(head: ReplyHead): void {
    this.#guarded(() => {
      const { tools, options, watchdogs } = this;
      watchdogs.head();
      const ok = head.status >= 200 && head.status < 300;
      if (ok)
        options.watcher.replied?.(
          tools.dialect.observe(head.headers, { rules: options.target.rules, now: tools.clock.now() }),
        );
      if (!ok) this.#reception = receiveRefusal(this, head);
      else this.#reception = options.call.stream ? receiveStream(this, head) : receiveJson(this, head);
    });
  }

  data(bytes: Buffer): void {
    if (this.#unreadable) return;
    // Comes often, so it is guarded without a function of its own.
    try {
      this.#reception?.data(bytes);
    } catch (thrown) {
      this.#cannotRead(thrown);
    }
  }

  end(): void {
    this.#guarded(() => {
      this.#exchanged = true;
      this.#reception?.end();
    });
  }

  failed(failure: TransportFailure): void {
    this.#guarded(() => {
      this.#exchanged = true;
      if (this.#reception === undefined) this.#fail(failureOfTransport(failure));
      else this.#reception.broke(failure);
    });
  }

  #fail(failure: ReturnType<typeof failureOfAbort>): void {
    this.settle({ kind: 'failed', failure, added: this.#added });
  }

  #end(code: string): void {
    this.#ended ??= code;
    if (this.#exchanged || this.#exchange === undefined) return;
    this.#exchanged = true;
    this.#exchange.abort(new Aborted(this.#ended));
  }

  #guarded(step: () => void): void {
    if (this.#unreadable) return;
    try {
      step();
    } catch (thrown) {
      this.#cannotRead(thrown);
    }
  }

  /** Whatever our reading of a reply throws is this attempt's failure and nobody else's: one end is told, and all of it released. */
  #cannotRead(thrown: unknown): void {
    this.#unreadable = true;
    const message = `The reply cannot be read (${thrown instanceof Error ? thrown.name : 'unknown'}).`;
    try {
      this.#reception?.broke({ kind: 'unreadable', message });
    } catch {
      // The end of a stream could not even be told to its reader; it is released below.
    }
    this.#fail({ kind: 'malformed', message });
  }
}
