import { createTRPCUntypedClient, httpLink, TRPCClientError } from '@trpc/client';
import type { AppRouter } from '#contract';
import { SpillwayError } from './error.ts';
import { type Fetch, openStream } from './open-stream.ts';
import { type CallOptions, type Functions, KINDS, type Procedures } from './procedures.ts';

type FetchEsque = NonNullable<Parameters<typeof httpLink>[0]['fetch']>;

/** Options of a client. */
export interface ClientOptions {
  /** Where the gateway stands, e.g. `http://127.0.0.1:4141`. */
  readonly url: string;
  /** A key of the gateway's; a gateway without keys needs none. */
  readonly apiKey?: string | undefined;
  /** The global one unless given. */
  readonly fetch?: Fetch | undefined;
}

/** A typed client of a gateway: its procedures as functions, inferred from its router. */
export type Client = Functions<Procedures>;

/**
 * Makes a client. It holds no connection and needs no closing. Calls reject with a SpillwayError, or with their signal's reason;
 * nothing is ever asked twice, because spilling over is the gateway's work.
 */
export function createClient({ url, apiKey, fetch = globalThis.fetch }: ClientOptions): Client {
  const door = `${url.replace(/\/+$/, '')}/trpc`;
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const trpc = createTRPCUntypedClient<AppRouter>({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the link calls it as any fetch is called; its own type is wider than what it does
    links: [httpLink({ url: door, headers, fetch: fetch as FetchEsque })],
  });

  const ask = async (kind: 'query' | 'mutation', call: [string, unknown, CallOptions]): Promise<unknown> => {
    try {
      const [path, input, { signal }] = call;
      return await trpc[kind](path, input, signal === undefined ? {} : { signal });
    } catch (error) {
      throw errorOf(error, call[2].signal);
    }
  };

  const functions = {};
  for (const [path, kind] of Object.entries(KINDS)) {
    const call = (input?: unknown, options: CallOptions = {}): unknown =>
      kind === 'subscription'
        ? openStream({ url: `${door}/${path}`, input, headers, fetch, signal: options.signal })
        : ask(kind, [path, input, options]);
    place(functions, path.split('.'), call);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from the table that the compiler holds to the router
  return functions as Client;
}

/** Puts a function where its path says. */
function place(at: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) return void Reflect.set(at, name, value);
  const below: unknown = Reflect.get(at, name);
  const next = typeof below === 'object' && below !== null ? below : {};
  Reflect.set(at, name, next);
  place(next, rest, value);
}

function errorOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!(error instanceof TRPCClientError)) return error;
  if (error.shape !== undefined && error.shape !== null) return SpillwayError.from(error.shape);
  const response: unknown = error.meta?.['response'];
  if (response instanceof Response) return SpillwayError.from(undefined, response.status);
  const message = 'The gateway cannot be reached.';
  return new SpillwayError({ code: 'connection_failed', message, cause: error.cause });
}
