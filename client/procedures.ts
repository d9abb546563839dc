import type { AnyTRPCProcedure, inferProcedureInput, inferTransformedProcedureOutput } from '@trpc/server';
import type { AppRouter, CommitPolicy, Include, RunOptions } from '#contract';
import type { ClientStream } from './client-stream.ts';
import type { RunStream } from './run-stream.ts';

/** Options of a call. */
export interface CallOptions {
  /** Ends the call and its request to the upstream; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What makes an attempt final, for this call. */
  readonly commit?: CommitPolicy | undefined;
  /** Longest time from accept to commit, in milliseconds; only shortens the chain's. */
  readonly deadline?: number | undefined;
  /** `trail` adds the providers' messages to the attempts of an error; a key of the role `admin` gets them anyway. */
  readonly include?: readonly Include[] | undefined;
}

/** Options of a chat completion's stream. */
export interface StreamOptions {
  /**
   * Makes it a run that outlives its connection: after a break the stream resumes, and no second request is sent to a provider. The error
   * of a failed run is thrown.
   */
  readonly run?: Omit<RunOptions, 'onCut'> | undefined;
}

/** The router's procedures as functions: a stream for a subscription, a promise for the others. `Model` is the type of `model`. */
export type Functions<TRecord, Model extends string = string> = {
  readonly [Name in keyof TRecord]: TRecord[Name] extends AnyTRPCProcedure
    ? (...args: Arguments<inferProcedureInput<TRecord[Name]>, Model, OptionsOf<TRecord[Name]>>) => Result<TRecord[Name]>
    : Functions<TRecord[Name], Model>;
};

type Arguments<Input, Model extends string, Options> = Input extends void | undefined
  ? [input?: undefined, options?: Options]
  : [input: Input & Named<Input, Model>, options?: Options];

type OptionsOf<TProcedure extends AnyTRPCProcedure> = TProcedure extends Procedures['chat']['completions']['stream']
  ? CallOptions & StreamOptions
  : CallOptions;

/** An input that names a model may name only one of these. */
type Named<Input, Model extends string> = Input extends { readonly model?: string | undefined }
  ? { readonly model?: Model | undefined }
  : unknown;

/** The part of a configuration that defines names of models, as `defineConfig` keeps it. */
export interface ConfigNames {
  readonly chains: Readonly<Record<string, unknown>>;
  readonly providers: Readonly<Record<string, unknown>>;
  readonly aliases?: Readonly<Record<string, unknown>> | undefined;
}

/** The values for `model` by a configuration: its chains, its aliases, and any model of its providers. */
export type ModelName<TConfig extends ConfigNames> =
  | (keyof TConfig['chains'] & string)
  | (keyof NonNullable<TConfig['aliases']> & string)
  | `${keyof TConfig['providers'] & string}/${string}`;

type Result<TProcedure extends AnyTRPCProcedure> = TProcedure['_def']['type'] extends 'subscription'
  ? StreamOf<ItemOf<TProcedure['_def']['$types']['output']>>
  : Promise<inferTransformedProcedureOutput<AppRouter, TProcedure>>;

/** A procedure whose events have ids is declared with what tRPC's own clients get of them. */
type StreamOf<Item> = [Item] extends [{ readonly id: string; readonly data: infer Event }]
  ? RunStream<Event>
  : ClientStream<Item>;

type ItemOf<Stream> = Stream extends AsyncIterable<infer Item> ? Item : never;

type Entries<TRecord, Prefix extends string = ''> = {
  [Name in keyof TRecord & string]: TRecord[Name] extends AnyTRPCProcedure
    ? [`${Prefix}${Name}`, TRecord[Name]['_def']['type']]
    : Entries<TRecord[Name], `${Prefix}${Name}.`>;
}[keyof TRecord & string];

/** The procedures of the gateway's router. */
export type Procedures = AppRouter['_def']['record'];

/** The kind of every procedure, by its path. The compiler checks that the table has exactly the router's procedures. */
export const KINDS = Object.freeze({
  'chat.completions.create': 'mutation',
  'chat.completions.stream': 'subscription',
  'completions.create': 'mutation',
  'completions.stream': 'subscription',
  'responses.create': 'mutation',
  'responses.stream': 'subscription',
  'responses.retrieve': 'query',
  'responses.events': 'subscription',
  'responses.cancel': 'mutation',
  'responses.delete': 'mutation',
  'responses.inputItems': 'query',
  'responses.compact': 'mutation',
  'messages.create': 'mutation',
  'messages.stream': 'subscription',
  'messages.countTokens': 'mutation',
  'embeddings.create': 'mutation',
  'models.list': 'query',
  'models.retrieve': 'query',
  'chains.list': 'query',
  'chains.status': 'query',
  'chains.explain': 'mutation',
  'runs.create': 'mutation',
  'runs.stream': 'subscription',
  'runs.get': 'query',
  'runs.cancel': 'mutation',
  'keys.create': 'mutation',
  'keys.list': 'query',
  'keys.retrieve': 'query',
  'keys.update': 'mutation',
  'keys.rotate': 'mutation',
  'keys.revoke': 'mutation',
  'keys.self': 'query',
  'sessions.create': 'mutation',
  'sessions.retrieve': 'query',
  'sessions.delete': 'mutation',
  'tenants.create': 'mutation',
  'tenants.list': 'query',
  'tenants.retrieve': 'query',
  'tenants.update': 'mutation',
  'tenants.remove': 'mutation',
  'limits.list': 'query',
  'limits.watch': 'subscription',
  'events.watch': 'subscription',
  'usage.summary': 'query',
  'usage.recent': 'query',
  'requests.list': 'query',
  'requests.retrieve': 'query',
  'requests.body': 'query',
  'requests.forget': 'mutation',
  'requests.tail': 'subscription',
  'providers.list': 'query',
  'providers.health': 'query',
  'config.retrieve': 'query',
  'config.check': 'mutation',
  'audit.list': 'query',
  'health.live': 'query',
  'health.ready': 'query',
  'health.about': 'query',
} as const satisfies { readonly [Entry in Entries<Procedures> as Entry[0]]: Entry[1] });
