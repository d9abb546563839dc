import { createOpenAICompatible, type OpenAICompatibleProvider } from '@ai-sdk/openai-compatible';
import type { ConfigNames, ModelName } from './procedures.ts';

/** The part of `fetch` that the AI SDK uses; `gateway.fetch` fits. */
export type AiFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A gateway behind a URL. */
export interface RemoteGateway {
  /** URL of the gateway, e.g. `http://127.0.0.1:4141`, with or without `/v1`. */
  readonly baseURL: string;
  /** A key of the gateway; a gateway without keys needs none. */
  readonly apiKey?: string | undefined;
  /** The global `fetch` unless given. With `gateway.fetch` the host of the URL does not matter. */
  readonly fetch?: AiFetch | undefined;
}

/** A gateway of the same process, which needs neither a URL nor a key. */
export interface LocalGateway {
  readonly gateway: { readonly fetch: AiFetch };
}

/**
 * A provider of the AI SDK: `spillway('default')` and `spillway.chatModel('default')` are language models, `spillway.embeddingModel('default')` is one of
 * embeddings. The gateway has neither text completions nor images, so their model names are `never`.
 */
export type SpillwayProvider<Model extends string = string> = OpenAICompatibleProvider<Model, never, Model, never>;

/**
 * Makes a provider of the AI SDK for a gateway, by `@ai-sdk/openai-compatible`. `createSpillway<typeof config>(...)`, with a configuration by
 * `defineConfig`, completes and checks its names of models. It holds no connection. Failed calls throw the AI SDK's `APICallError`, whose `data.error`
 * has the gateway's `code`. Options of a call under `providerOptions.spillway` become members of the request's body.
 */
export function createSpillway<TConfig extends ConfigNames = ConfigNames>(
  options: RemoteGateway | LocalGateway,
): SpillwayProvider<ModelName<TConfig>> {
  const { baseURL, apiKey, fetch } = 'gateway' in options ? remoteOf(options) : options;
  return createOpenAICompatible({
    name: 'spillway',
    baseURL,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(fetch === undefined ? {} : { fetch }),
    includeUsage: true,
    // Entries that are known not to take a schema are skipped by the gateway.
    supportsStructuredOutputs: true,
  });
}

/** A gateway of the process as one behind a URL, whose host is never resolved. */
function remoteOf({ gateway }: LocalGateway): RemoteGateway {
  return { baseURL: 'http://spillway/v1', fetch: gateway.fetch };
}
