import { openStream } from './open-stream.ts';
import { createParse, type Parse } from './parse.ts';
import {
  type CallOptions,
  type Functions,
  KINDS,
  type ModelName,
  type Procedures,
  type ConfigNames,
  type StreamOptions,
} from './procedures.ts';
import { callProcedure, type Fetch, procedureUrl } from './request.ts';
import { openRunChunks, openRunStream, type RunStreamCall } from './run-stream.ts';

/** Options of a client. */
export interface ClientOptions {
  /** URL of the gateway, e.g. `http://127.0.0.1:4141`. */
  readonly url: string;
  /** A key of the gateway; a gateway without keys needs none. */
  readonly apiKey?: string | undefined;
  /** The global `fetch` unless given. */
  readonly fetch?: Fetch | undefined;
}

/**
 * A typed client of a gateway: its procedures as functions, inferred from its router, and `chat.completions.parse`. An interface, so that
 * declarations can name it.
 */
export interface Client<Model extends string = string> extends Functions<Procedures, Model> {
  readonly chat: Functions<Procedures['chat'], Model> & { readonly completions: { readonly parse: Parse<Model> } };
}

/**
 * Makes a client. `createClient<typeof config>(...)`, with a configuration by `defineConfig`, completes and checks its names of models.
 * A client holds no connection and needs no closing. Calls reject with a SpillwayError, or with the reason of their signal. No request is sent twice,
 * because failover is the gateway's work.
 */
export function createClient<TConfig extends ConfigNames = ConfigNames>({
  url,
  apiKey,
  fetch = globalThis.fetch,
}: ClientOptions): Client<ModelName<TConfig>> {
  const endpoint = `${url.replace(/\/+$/, '')}/trpc`;
  const key: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const runUrls = {
    createUrl: procedureUrl(endpoint, 'runs.create'),
    streamUrl: procedureUrl(endpoint, 'runs.stream'),
    cancelUrl: procedureUrl(endpoint, 'runs.cancel'),
  };
  const functions = {};
  for (const [path, kind] of Object.entries(KINDS)) {
    setAt(functions, path.split('.'), (input?: unknown, options: CallOptions & StreamOptions = {}) => {
      const headers = { ...key, ...optionHeaders(options) };
      const call = { url: procedureUrl(endpoint, path), input, headers, fetch, signal: options.signal };
      if (kind !== 'subscription') return callProcedure(call, kind === 'query' ? 'GET' : 'POST');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the function has it
      if (path === 'runs.stream') return openRunStream({ ...call, ...runUrls, input: input as RunStreamCall['input'] });
      return options.run === undefined ? openStream(call) : openRunChunks({ ...call, ...runUrls, run: options.run });
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from the table that the compiler compares with the router
  const client = functions as Client<ModelName<TConfig>>;
  setAt(client.chat.completions, ['parse'], createParse(client.chat.completions.create));
  return client;
}

function optionHeaders({ commit, deadline, include }: CallOptions): Record<string, string> {
  return {
    ...(commit === undefined ? {} : { 'x-spillway-commit': commit }),
    ...(deadline === undefined ? {} : { 'x-spillway-deadline': String(deadline) }),
    ...(include === undefined ? {} : { 'x-spillway-include': include.join() }),
  };
}

/** Sets a member of nested objects by its path; makes the objects that are missing. */
function setAt(target: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) return void Reflect.set(target, name, value);
  const member: unknown = Reflect.get(target, name);
  const nested = typeof member === 'object' && member !== null ? member : {};
  Reflect.set(target, name, nested);
  setAt(nested, rest, value);
}
