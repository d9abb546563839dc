import { Client, type Dispatcher } from 'undici';
import { onAbort } from '../lib/abort.ts';
import { codingsOf, createDecoder, type Decoder } from './decode.ts';
import type { Pools } from './pools.ts';
import type { Flow, Receiver, Transport, TransportFailure, UpstreamRequest } from './transport.ts';

/**
 * Makes the transport over undici. One exchange per call, with one exception: a request that was put on a *reused* socket which
 * broke before a byte came back is sent once more on a fresh one, because the server closed an idle connection and never saw it.
 */
export function createTransport(pools: Pools): Transport {
  return (request, receiver, signal) => {
    const pool = pools.get(request.origin);
    const reused = (pool.stats?.free ?? 0) > 0;
    const flow: { current: Flow } = { current: IDLE };
    const failed = (failure: TransportFailure, anyReply: boolean): void => {
      if (!reused || anyReply || !isReset(failure.cause) || signal.aborted) return receiver.failed(failure);
      const fresh = new Client(request.origin, { headersTimeout: 0, bodyTimeout: 0 });
      const close = (): void => void fresh.close();
      const once = { ...receiver, end: () => (close(), receiver.end()) };
      flow.current = exchange(fresh, request, {
        receiver: once,
        signal,
        failed: (last) => (close(), receiver.failed(last)),
      });
      onAbort(signal, () => void fresh.destroy());
    };
    flow.current = exchange(pool, request, { receiver, signal, failed });
    return { pause: () => flow.current.pause(), resume: () => flow.current.resume() };
  };
}

interface ExchangeOptions {
  readonly receiver: Receiver;
  readonly signal: AbortSignal;
  readonly failed: (failure: TransportFailure, anyReply: boolean) => void;
}

const IDLE: Flow = { pause: () => undefined, resume: () => undefined };

function exchange(dispatcher: Dispatcher, request: UpstreamRequest, options: ExchangeOptions): Flow {
  const { receiver, signal, failed } = options;
  let controller: Dispatcher.DispatchController | undefined;
  let decoder: Decoder | undefined;
  let anyReply = false;
  let over = false;
  const wire: Flow = { pause: () => controller?.pause(), resume: () => controller?.resume() };

  // While a request waits for a socket undici gives no handle on it: the abort is noted, and carried out before a byte is written.
  const abort = (): void => {
    over = true;
    decoder?.drop();
    controller?.abort(reasonOf(signal));
  };
  const listening = onAbort(signal, abort);
  const finish = (): boolean => {
    listening[Symbol.dispose]();
    if (over) return false;
    over = true;
    return true;
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (over) started.abort(reasonOf(signal));
      else receiver.started();
    },
    onResponseStart(_, status, headers) {
      if (over) return;
      anyReply = true;
      // Early hints are no head, but who sends them has the request.
      if (status < 200) return;
      const head = { status, headers };
      const codings = codingsOf(head);
      if (codings !== undefined && codings.length > 0)
        decoder = createDecoder(codings, {
          receiver: { data: (bytes) => receiver.data(bytes), end: () => finish() && receiver.end() },
          flow: wire,
          failed: undecodable,
        });
      receiver.head(head);
      if (codings === undefined) undecodable('garbled', new Error('Unknown content-encoding.'));
    },
    onResponseData(_, bytes) {
      if (!over) (decoder?.receiver ?? receiver).data(bytes);
    },
    onResponseEnd() {
      if (over) return;
      if (decoder !== undefined) decoder.receiver.end();
      else if (finish()) receiver.end();
    },
    onResponseError(_, error) {
      // What came before the break is still to be decoded, and ends as cut by itself.
      if (decoder !== undefined && !over) decoder.receiver.end();
      else if (finish()) failed(describe(error, anyReply), anyReply);
    },
  };

  function undecodable(kind: 'cut' | 'garbled', cause: Error): void {
    if (!finish()) return;
    controller?.abort(cause);
    receiver.failed({ kind, message: `The compressed reply cannot be read (${codeOf(cause)}).`, cause });
  }

  if (over) return IDLE;
  dispatcher.dispatch({ ...request, body: request.body ?? null }, handler);
  return { pause: () => (decoder ?? wire).pause(), resume: () => (decoder ?? wire).resume() };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function isReset(error: Error): boolean {
  return codeOf(error) === 'ECONNRESET' || codeOf(error) === 'UND_ERR_SOCKET' || codeOf(error) === 'EPIPE';
}

function describe(error: Error, anyReply: boolean): TransportFailure {
  const code = codeOf(error);
  // llhttp's own codes, and heads past undici's limit.
  const garbled = code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || error.name === 'HTTPParserError';
  if (garbled && !anyReply) return { kind: 'garbled', message: `The reply is not HTTP (${code}).`, cause: error };
  if (anyReply) return { kind: 'cut', message: `The reply broke off (${code}).`, cause: error };
  return { kind: 'refused', message: `No reply (${code}).`, cause: error };
}
