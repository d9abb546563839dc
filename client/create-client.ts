import { openStream } from './open-stream.ts';
import {
  type CallOptions,
  type Functions,
  KINDS,
  type ModelName,
  type Procedures,
  type WrittenNames,
} from './procedures.ts';
import { ask, type Fetch, procedureUrl } from './request.ts';

/** Options of a client. */
export interface ClientOptions {
  /** Where the gateway stands, e.g. `http://127.0.0.1:4141`. */
  readonly url: string;
  /** A key of the gateway's; a gateway without keys needs none. */
  readonly apiKey?: string | undefined;
  /** The global one unless given. */
  readonly fetch?: Fetch | undefined;
}

/** A typed client of a gateway: its procedures as functions, inferred from its router. An interface, so that others can name it. */
export interface Client<Model extends string = string> extends Functions<Procedures, Model> {}

/**
 * Makes a client; `createClient<typeof config>(...)`, of a configuration by `defineConfig`, completes and checks its names of models.
 * It holds no connection and needs no closing. Calls reject with a SpillwayError, or with their signal's reason; nothing is ever asked
 * twice, because spilling over is the gateway's work.
 */
export function createClient<Written extends WrittenNames = WrittenNames>({
  url,
  apiKey,
  fetch = globalThis.fetch,
}: ClientOptions): Client<ModelName<Written>> {
  const door = `${url.replace(/\/+$/, '')}/trpc`;
  const key: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const functions = {};
  for (const [path, kind] of Object.entries(KINDS)) {
    place(functions, path.split('.'), (input?: unknown, options: CallOptions = {}) => {
      const headers = { ...key, ...optionHeaders(options) };
      const call = { url: procedureUrl(door, path), input, headers, fetch, signal: options.signal };
      return kind === 'subscription' ? openStream(call) : ask(call, kind === 'query' ? 'GET' : 'POST');
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from the table that the compiler holds to the router
  return functions as Client<ModelName<Written>>;
}

function optionHeaders({ commit, deadline }: CallOptions): Record<string, string> {
  return {
    ...(commit === undefined ? {} : { 'x-spillway-commit': commit }),
    ...(deadline === undefined ? {} : { 'x-spillway-deadline': String(deadline) }),
  };
}

/** Puts a function where its path says. */
function place(at: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) return void Reflect.set(at, name, value);
  const below: unknown = Reflect.get(at, name);
  const next = typeof below === 'object' && below !== null ? below : {};
  Reflect.set(at, name, next);
  place(next, rest, value);
}
