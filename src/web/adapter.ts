import type { DoorRequest } from '../door/request.ts';
import { onAbort } from '../lib/abort.ts';
import type { AppRouter } from '../router/app-router.ts';
import { adapterOptions, type AdapterRequest } from '../trpc/adapter.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';

/** What tRPC's adapter answers. */
export interface AdaptedRequest {
  readonly router: AppRouter;
  readonly request: Request;
  /** What belongs to the request; disposed when the answer is delivered. */
  readonly link: Disposable;
}

/** Lets tRPC's adapter for web requests answer one that the tRPC door has admitted. */
export async function answerByAdapter(
  admitted: AdapterRequest,
  { url, abort }: Pick<DoorRequest, 'url' | 'abort'>,
  { router, request, link }: AdaptedRequest,
): Promise<Response> {
  const { method, headers } = request;
  const { fetchRequestHandler } = await import('@trpc/server/adapters/fetch');
  const response = await fetchRequestHandler({
    ...adapterOptions<Request>(router, () => admitted),
    endpoint: TRPC_PREFIX,
    req: new Request(new URL(url, 'http://spillway'), {
      method,
      headers,
      // The door has read the body, within the gateway's limits; the adapter gets what it parses from memory.
      body: admitted.inputs === undefined ? null : new Uint8Array(admitted.inputs.json),
      signal: abort.signal,
    }),
  });
  for (const [name, value] of Object.entries(admitted.headers))
    if (!response.headers.has(name)) response.headers.set(name, value);
  const settle = (end: 'delivered' | 'cancelled'): void => {
    link[Symbol.dispose]();
    if (end === 'delivered') admitted.finish(response.status);
    else abort.abort('client_closed');
  };
  // The server that sends the response decides its framing.
  const isStream = response.headers.get('transfer-encoding') === 'chunked';
  response.headers.delete('transfer-encoding');
  const { status, body } = response;
  if (isStream && body !== null)
    return new Response(watched(body, request.signal, settle), { status, headers: response.headers });
  const bytes = await response.arrayBuffer();
  settle('delivered');
  return new Response(bytes, { status, headers: response.headers });
}

/** The same stream, which fails with the signal's reason when that aborts. `settle`, which is idempotent, is called at its end. */
function watched(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  settle: (end: 'delivered' | 'cancelled') => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let link: Disposable | undefined;
  const end = (how: 'delivered' | 'cancelled'): void => {
    link?.[Symbol.dispose]();
    settle(how);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        link = onAbort(signal, () => {
          controller.error(signal.reason);
          end('cancelled');
          reader.cancel(signal.reason).catch(() => undefined);
        });
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (signal.aborted) return;
          if (!done) return controller.enqueue(value);
          end('delivered');
          controller.close();
        } catch (thrown) {
          end('cancelled');
          controller.error(thrown);
        }
      },
      cancel(reason) {
        end('cancelled');
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
