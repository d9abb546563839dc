import { idHeaders } from '../door/headers.ts';
import type { DoorRequest } from '../door/request.ts';
import type { AppRouter } from '../router/app-router.ts';
import { adapterOptions, type AdapterRequest } from '../trpc/adapter.ts';
import { TRPC_PREFIX } from '../trpc/match.ts';

/** What tRPC's adapter answers. */
export interface AdaptedRequest {
  readonly router: AppRouter;
  readonly request: Request;
  /** Follows the request's own signal; disposed when the answer is delivered. */
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
  for (const [name, value] of Object.entries(idHeaders(admitted.context.ids)))
    if (!response.headers.has(name)) response.headers.set(name, value);
  const delivered = (): void => {
    link[Symbol.dispose]();
    admitted.finish(response.status);
  };
  // Whoever sends the response decides its framing.
  const isStream = response.headers.get('transfer-encoding') === 'chunked';
  response.headers.delete('transfer-encoding');
  const { status, body } = response;
  if (isStream && body !== null) {
    const cancelled = (): void => {
      link[Symbol.dispose]();
      abort.abort('client_closed');
    };
    return new Response(watched(body, delivered, cancelled), { status, headers: response.headers });
  }
  const bytes = await response.arrayBuffer();
  delivered();
  return new Response(bytes, { status, headers: response.headers });
}

/** The same stream. Exactly one of the functions is called at its end. */
function watched(
  body: ReadableStream<Uint8Array>,
  delivered: () => void,
  cancelled: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          delivered();
          controller.close();
        } catch (thrown) {
          cancelled();
          controller.error(thrown);
        }
      },
      cancel(reason) {
        cancelled();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
