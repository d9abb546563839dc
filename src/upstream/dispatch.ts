import { startExchange, type UndiciExchange } from './exchange.ts';
import { isReset, type ReplyProgress } from './failure.ts';
import type { Pools } from './pools.ts';
import type { Transport, TransportFailure } from './transport.ts';

/**
 * Makes the transport over undici. One exchange per call, with one exception: a request on a *reused* socket that broke before the first
 * byte of a reply is sent once more on a new one, because the server closed an idle connection and never received the request.
 */
export function createTransport(pools: Pools): Transport {
  return (request, receiver) => {
    let current: UndiciExchange | undefined;
    let aborted = false;
    const failed = (failure: TransportFailure, { anyReply }: ReplyProgress): void => {
      const resend = current?.reused() === true && !anyReply && isReset(failure.cause) && !aborted;
      if (!resend) return receiver.failed(failure);
      current = startExchange(pools.fresh(request.endpoint), request, {
        receiver,
        failed: (last) => receiver.failed(last),
      });
    };
    current = startExchange(pools.get(request.endpoint), request, { receiver, failed });
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
