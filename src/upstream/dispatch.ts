import type { Dispatcher } from 'undici';
import { codingsOf, createDecoder, type Decoder } from './decode.ts';
import { codeOf, failureOf, isReset } from './failure.ts';
import { createGathering } from './gather.ts';
import type { Connections } from './pool.ts';
import type { Pools } from './pools.ts';
import type { Exchange, Flow, Receiver, Transport, TransportFailure, UpstreamRequest } from './transport.ts';

/**
 * Makes the transport over undici. One exchange per call, with one exception: a request that was put on a *reused* socket which
 * broke before a byte came back is sent once more on a fresh one, because the server closed an idle connection and never saw it.
 */
export function createTransport(pools: Pools): Transport {
  return (request, receiver) => {
    let current: Dispatching | undefined;
    let aborted = false;
    const failed = (failure: TransportFailure, anyReply: boolean): void => {
      const again = current?.reused() === true && !anyReply && isReset(failure.cause) && !aborted;
      if (!again) return receiver.failed(failure);
      current = exchange(pools.fresh(request.endpoint), request, {
        receiver,
        failed: (last) => receiver.failed(last),
      });
    };
    current = exchange(pools.get(request.endpoint), request, { receiver, failed });
    return {
      pause: () => current?.pause(),
      resume: () => current?.resume(),
      abort(reason) {
        aborted = true;
        current?.abort(reason);
      },
    };
  };
}

interface Dispatching extends Exchange {
  /** Whether its socket was there before. */
  reused(): boolean;
}

interface ExchangeOptions {
  readonly receiver: Receiver;
  readonly failed: (failure: TransportFailure, anyReply: boolean) => void;
}

/** More 1xx heads before a reply are a flood: nothing of them is read, and each costs. */
const MOST_INFORMATION = 32;
const MOST_LINES = 1000;

function exchange(
  connections: Connections,
  { endpoint, ...request }: UpstreamRequest,
  { receiver, failed }: ExchangeOptions,
): Dispatching {
  let controller: Dispatcher.DispatchController | undefined;
  let decoder: Decoder | undefined;
  let anyReply = false;
  let informed = 0;
  let over = false;
  let aborted: Error | undefined;
  const gathering = createGathering((bytes) => {
    if (!over) (decoder?.receiver ?? receiver).data(bytes);
  });
  const wire: Flow = { pause: () => controller?.pause(), resume: () => controller?.resume() };

  const finish = (): boolean => {
    if (over) return false;
    over = true;
    return true;
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (aborted !== undefined) started.abort(aborted);
      else receiver.started();
    },
    onResponseStart({ rawHeaders }, status, headers) {
      if (over) return;
      if (status < 200 && ++informed > MOST_INFORMATION)
        return giveUp('garbled', 'The reply does not come, only heads before it.');
      // Their names and values, one after the other; undici limits their bytes alone.
      if (Array.isArray(rawHeaders) && rawHeaders.length > 2 * MOST_LINES)
        return giveUp('garbled', 'The head of the reply has too many lines.');
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
      if (!over) gathering.add(bytes);
    },
    onResponseEnd() {
      gathering.flush();
      if (over) return;
      if (decoder !== undefined) decoder.receiver.end();
      else if (finish()) receiver.end();
    },
    onResponseError(_, error) {
      // Should it ever be told in the same go as what came before it.
      gathering.flush();
      // What came before the break is still to be decoded, and ends as cut by itself.
      if (decoder !== undefined && !over) decoder.receiver.end();
      else if (finish()) failed(failureOf(error, anyReply), anyReply || informed > 0);
    },
  };

  function undecodable(kind: 'cut' | 'garbled', cause: Error): void {
    giveUp(kind, `The compressed reply cannot be read (${codeOf(cause)}).`, cause);
  }

  function giveUp(kind: 'cut' | 'garbled', message: string, cause = new Error(message)): void {
    if (!finish()) return;
    controller?.abort(cause);
    receiver.failed({ kind, message, cause });
  }

  const dispatched = connections.dispatch({ ...request, origin: endpoint.origin, body: request.body ?? null }, handler);
  return {
    pause: () => (decoder ?? wire).pause(),
    resume: () => (decoder ?? wire).resume(),
    reused: () => dispatched.reused,
    abort(reason) {
      if (!finish()) return;
      aborted = reason;
      decoder?.drop();
      // While a request waits for a socket undici gives no handle on it: the abort ends the connecting, and where a socket comes all the
      // same it is carried out before a byte is written.
      if (controller === undefined) dispatched.cancel();
      else controller.abort(reason);
    },
  };
}
