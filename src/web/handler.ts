import type { Connection } from '../auth/browser.ts';
import type { GatewayError } from '../domain/errors.ts';
import { createBodyMemory, type HeldBody } from '../door/body-memory.ts';
import type { DoorCaller, DoorRequest } from '../door/request.ts';
import { onAbort, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { pump } from '../sse/pump.ts';
import { answerByAdapter } from './adapter.ts';
import { createFront, type FrontDoors } from './front.ts';
import { readWebBody } from './read-web-body.ts';
import { createWebSink } from './web-sink.ts';

/** What a request's sender decides beside the request itself. */
export interface WebArrival extends Pick<DoorCaller, 'principal' | 'mount'> {
  /** Path and query below the mount's prefix; empty for what is not below it. */
  readonly url: string;
}

/** Answers a web request. Never rejects. A body that is a stream fails with the reason of the request's signal when that aborts. */
export type WebHandler = (request: Request, arrival: WebArrival) => Promise<Response>;

/** What the handler needs of its gateway. */
export interface WebHandlerOptions {
  readonly doors: FrontDoors;
  readonly clock: Clock;
  /** A reader that takes nothing for this long is dropped; in milliseconds. */
  readonly writeIdle: number;
  /** The largest body, in bytes. */
  readonly bodyLimit: number;
  /** The most bytes of the bodies that clients of mounts have sent and that are held at once. */
  readonly maxBodyMemory: number;
}

/** What a request says of itself: the server that has accepted it is the application's. */
function connectionOf({ url }: Request): Connection {
  const { protocol, host } = new URL(url);
  return { peer: undefined, secure: protocol === 'https:', host, forwarded: true };
}

/** Makes the handler of everything that the gateway serves over HTTP: both wires and the pages. It uses no socket. */
export function createWebHandler({ doors, clock, writeIdle, bodyLimit, maxBodyMemory }: WebHandlerOptions): WebHandler {
  const memory = createBodyMemory(maxBodyMemory);
  const front = createFront(doors);
  return async (request, arrival) => {
    const abort = openAbortScope();
    const cancel = (): void => abort.abort('client_closed');
    const link = onAbort(request.signal, cancel);
    let held: HeldBody | undefined;
    // Code of the process is trusted with its memory.
    const hold = arrival.mount && ((onEnd: (error: GatewayError) => void): HeldBody => (held = memory.hold(onEnd)));
    const release = (): void => held?.[Symbol.dispose]();
    const opened: DoorRequest = {
      ...arrival,
      method: request.method,
      sentUrl: request.url,
      headers: Object.fromEntries(request.headers),
      abort,
      connection: () => connectionOf(request),
      body: (signal, onPiece, most = bodyLimit) =>
        readWebBody(request, { signal, onPiece, limit: Math.min(bodyLimit, most), hold }),
    };
    const answer = await front(opened);
    if (answer.kind === 'adapter') {
      const settled = new DisposableStack();
      settled.use(link);
      settled.defer(release);
      return answerByAdapter(answer, opened, { router: doors.trpc.router, request, link: settled });
    }
    // A request may be refused before its body is read. A source that fails to cancel concerns its owner only.
    if (!request.bodyUsed) request.body?.cancel().catch(() => undefined);
    // From here on a sink listens to the signal itself: its reader must see the abort, not the end of the stream that follows from it.
    link[Symbol.dispose]();
    const { status, headers } = answer;
    if (answer.kind === 'bytes') {
      release();
      const hasBody = request.method !== 'HEAD' && status !== 304;
      return new Response(hasBody ? new Uint8Array(answer.body) : null, { status, headers });
    }
    const web = createWebSink(cancel, request.signal);
    web.sink.onClose(release);
    pump(answer.stream, web.sink, { framing: answer.framing, clock, writeIdle });
    return new Response(web.readable, { status, headers });
  };
}
