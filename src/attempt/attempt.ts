import type { Call } from '../domain/call.ts';
import type { Target, Timeouts } from '../domain/chain.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { abortCode, onAbort, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Redact } from '../lib/redact.ts';
import type { Flow, ReplyHead, Transport } from '../upstream/transport.ts';
import type { AttemptResult, CommitGate, OnStreamEnd } from './answer.ts';
import { failureOfAbort, failureOfTransport } from './failures.ts';
import { receiveJson, receiveRefusal } from './receive-body.ts';
import { receiveStream } from './receive-stream.ts';
import { type AttemptWatchdogs, startWatchdogs } from './watchdogs.ts';

/** What an attempt needs that is the same for all. */
export interface AttemptTools {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly dialect: Dialect;
}

/** One attempt's own facts. */
export interface AttemptOptions {
  readonly call: Call;
  readonly target: Target;
  readonly timeouts: Timeouts;
  /** Milliseconds until the commit at the latest, by the chain's budget. */
  readonly commitWithin: number;
  readonly gate: CommitGate;
  readonly without: ReadonlySet<string>;
  /** The request's signal: an abort ends the attempt in every state, a committed stream's too. */
  readonly signal: AbortSignal;
  readonly onStreamEnd: OnStreamEnd;
}

/** The part of an attempt that comes after the reply's head. */
export interface Reception {
  data(bytes: Buffer): void;
  end(): void;
  /** The reply broke off, or a watchdog or the caller gave the attempt up; `code` only for the latter. */
  broke(problem: { readonly message: string; readonly code?: string }): void;
}

/** What a reception works with. */
export interface ReceptionContext {
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  readonly head: ReplyHead;
  readonly flow: Flow;
  readonly watchdogs: AttemptWatchdogs;
  /** The attempt came to this. Later calls do nothing. */
  settle(result: AttemptResult): void;
  /** Ends the exchange and everything of the attempt; idempotent. */
  release(): void;
  /** Ends the exchange for a reason. */
  abort(code: string): void;
}

/** Asks one entry once. Never rejects: whatever happens comes back as a value. */
export function attempt(tools: AttemptTools, options: AttemptOptions): Promise<AttemptResult> {
  const { promise, resolve } = Promise.withResolvers<AttemptResult>();
  const { request, added } = tools.dialect.encode(options.call, options.target, { without: options.without });
  const scope = openAbortScope(options.signal);
  const watchdogs = startWatchdogs({
    clock: tools.clock,
    timeouts: options.timeouts,
    stream: options.call.stream,
    commitWithin: options.commitWithin,
    giveUp: (code) => scope.abort(code),
  });
  let reception: Reception | undefined;
  let flow: Flow | undefined;

  function release(): void {
    watchdogs[Symbol.dispose]();
    scope[Symbol.dispose]();
    listening[Symbol.dispose]();
    scope.abort('settled');
  }

  function settle(result: AttemptResult): void {
    resolve(result.kind === 'failed' ? { ...result, added } : result);
    if (result.kind === 'failed' || result.answer.kind === 'json') release();
  }

  function fail(failure: ReturnType<typeof failureOfAbort>): void {
    settle({ kind: 'failed', failure, added });
  }

  const listening = onAbort(scope.signal, () => {
    const code = abortCode(scope.signal);
    if (reception === undefined) fail(failureOfAbort(code));
    else reception.broke({ message: failureOfAbort(code).message, code });
  });

  flow = tools.transport(
    request,
    {
      started: () => watchdogs.started(),
      head(head) {
        watchdogs.head();
        const context: ReceptionContext = {
          tools,
          options,
          head,
          flow: { pause: () => flow?.pause(), resume: () => flow?.resume() },
          watchdogs,
          settle,
          release,
          abort: (code) => scope.abort(code),
        };
        const ok = head.status >= 200 && head.status < 300;
        if (!ok) reception = receiveRefusal(context);
        else reception = options.call.stream ? receiveStream(context) : receiveJson(context);
      },
      data: (bytes) => reception?.data(bytes),
      end: () => reception?.end(),
      failed(failure) {
        if (reception === undefined) fail(failureOfTransport(failure));
        else reception.broke({ message: failure.message });
      },
    },
    scope.signal,
  );
  return promise;
}
