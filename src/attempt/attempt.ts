import { Aborted, abortCode, onAbort } from '../lib/abort.ts';
import { withoutHost } from '../lib/redact.ts';
import type { Exchange, ReplyHead, TransportFailure } from '../upstream/transport.ts';
import type { AttemptResult } from './answer.ts';
import { failureOfAbort, failureOfTransport } from './failures.ts';
import { receiveJson } from './receive-json.ts';
import { receiveRefusal } from './receive-refusal.ts';
import { receiveStream } from './receive-stream.ts';
import type { AttemptOptions, AttemptTools, Reception, ReceptionContext } from './reception.ts';
import { startWatchdogs } from './watchdogs.ts';

/** Asks one entry once. Never rejects: whatever happens comes back as a value. */
export function attempt(tools: AttemptTools, options: AttemptOptions): Promise<AttemptResult> {
  const { promise, resolve } = Promise.withResolvers<AttemptResult>();
  const { request, added } = tools.dialect.encode(options.call, options.target, { without: options.without });
  const watchdogs = startWatchdogs({
    clock: tools.clock,
    timeouts: options.timeouts,
    stream: options.call.stream,
    commitWithin: options.commitWithin,
    giveUp,
  });
  let reception: Reception | undefined;
  let exchange: Exchange | undefined;
  // Undefined while it is being made: a signal that was aborted before calls back at once.
  let listening: Disposable | undefined;
  let unreadable = false;
  // Whether the exchange is over.
  let exchanged = false;
  // Why it was ended otherwise; the first reason counts.
  let ended: string | undefined;
  let released = false;

  function end(code: string): void {
    ended ??= code;
    if (exchanged || exchange === undefined) return;
    exchanged = true;
    exchange.abort(new Aborted(ended));
  }

  function giveUp(code: string): void {
    if (released || ended !== undefined) return;
    ended = code;
    tellGivenUp(code);
    end(code);
  }

  function release(): void {
    if (released) return;
    released = true;
    watchdogs[Symbol.dispose]();
    listening?.[Symbol.dispose]();
    end('settled');
  }

  function settle(result: AttemptResult): void {
    resolve(result.kind === 'failed' ? { ...result, added } : result);
    if (result.kind === 'failed' || result.answer.kind === 'json') release();
  }

  function fail(failure: ReturnType<typeof failureOfAbort>): void {
    settle({ kind: 'failed', failure, added });
  }

  /** Whatever our reading of a reply throws is this attempt's failure and nobody else's: one end is told, and all of it released. */
  function guarded<Given extends unknown[]>(step: (...given: Given) => void): (...given: Given) => void {
    return (...given) => {
      if (unreadable) return;
      try {
        step(...given);
      } catch (thrown) {
        unreadable = true;
        const message = `The reply cannot be read (${thrown instanceof Error ? thrown.name : 'unknown'}).`;
        try {
          reception?.broke({ kind: 'unreadable', message });
        } catch {
          // The end of a stream could not even be told to its reader; it is released below.
        }
        fail({ kind: 'malformed', message });
      }
    };
  }

  const tellGivenUp = guarded((code: string) => {
    if (reception === undefined) fail(failureOfAbort(code));
    else reception.broke({ kind: 'given_up', code });
  });

  listening = onAbort(options.signal, () => giveUp(abortCode(options.signal)));
  if (ended !== undefined) return promise;
  exchange = tools.transport(
    { ...request, headers: { ...request.headers, ...options.headers } },
    {
      started() {
        watchdogs.started();
        options.onSent();
      },
      head: guarded((head: ReplyHead) => {
        watchdogs.head();
        const context: ReceptionContext = {
          tools,
          options,
          head,
          redact: withoutHost(options.redact, options.target.baseUrl),
          flow: { pause: () => exchange?.pause(), resume: () => exchange?.resume() },
          watchdogs,
          settle,
          release,
          abort: giveUp,
        };
        const ok = head.status >= 200 && head.status < 300;
        if (ok)
          options.onReply(tools.dialect.observe(head.headers, { rules: options.target.rules, now: tools.clock.now() }));
        if (!ok) reception = receiveRefusal(context);
        else reception = options.call.stream ? receiveStream(context) : receiveJson(context);
      }),
      data: guarded((bytes: Buffer) => reception?.data(bytes)),
      end: guarded(() => {
        exchanged = true;
        reception?.end();
      }),
      failed: guarded((failure: TransportFailure) => {
        exchanged = true;
        if (reception === undefined) fail(failureOfTransport(failure));
        else reception.broke(failure);
      }),
    },
  );
  // It may have been while it began.
  if (ended !== undefined) end(ended);
  return promise;
}
