import type { AnyTRPCProcedure, inferProcedureInput, inferTransformedProcedureOutput } from '@trpc/server';
import type { AppRouter } from '#contract';
import type { ClientStream } from './open-stream.ts';

/** What a call may say beside its input. */
export interface CallOptions {
  /** Ends the call, and the upstream's exchange behind it; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** When an attempt becomes the answer, for this call. */
  readonly commit?: 'first-token' | 'first-event' | 'headers' | undefined;
  /** Accept to commit in milliseconds; only shortens the chain's. */
  readonly deadline?: number | undefined;
}

/** The router's procedures as functions: a stream for a subscription, a promise for the rest. `Model` is what may stand in `model`. */
export type Functions<TRecord, Model extends string = string> = {
  readonly [Name in keyof TRecord]: TRecord[Name] extends AnyTRPCProcedure
    ? (...args: Arguments<inferProcedureInput<TRecord[Name]>, Model>) => Returned<TRecord[Name]>
    : Functions<TRecord[Name], Model>;
};

type Arguments<Input, Model extends string> = Input extends void | undefined
  ? [input?: undefined, options?: CallOptions]
  : [input: Input & Named<Input, Model>, options?: CallOptions];

/** An input that names a model may name only one of these. */
type Named<Input, Model extends string> = Input extends { readonly model?: string | undefined }
  ? { readonly model?: Model | undefined }
  : unknown;

/** The part of a configuration that names what may be asked for, as `defineConfig` keeps it. */
export interface WrittenNames {
  readonly chains: Readonly<Record<string, unknown>>;
  readonly providers: Readonly<Record<string, unknown>>;
  readonly aliases?: Readonly<Record<string, unknown>> | undefined;
}

/** The names that may stand in `model` by a configuration: its chains, its aliases, and any model of its providers. */
export type ModelName<Written extends WrittenNames> =
  | (keyof Written['chains'] & string)
  | (keyof NonNullable<Written['aliases']> & string)
  | `${keyof Written['providers'] & string}/${string}`;

type Returned<TProcedure extends AnyTRPCProcedure> = TProcedure['_def']['type'] extends 'subscription'
  ? ClientStream<Yielded<TProcedure['_def']['$types']['output']>>
  : Promise<inferTransformedProcedureOutput<AppRouter, TProcedure>>;

type Yielded<Stream> = Stream extends AsyncIterable<infer Item> ? Item : never;

type Entries<TRecord, Prefix extends string = ''> = {
  [Name in keyof TRecord & string]: TRecord[Name] extends AnyTRPCProcedure
    ? [`${Prefix}${Name}`, TRecord[Name]['_def']['type']]
    : Entries<TRecord[Name], `${Prefix}${Name}.`>;
}[keyof TRecord & string];

/** The procedures of the gateway's router. */
export type Procedures = AppRouter['_def']['record'];

/** The kind of every procedure, by its path. The compiler holds the table to the router: no more, no less, nothing else. */
export const KINDS = Object.freeze({
  'chat.completions.create': 'mutation',
  'chat.completions.stream': 'subscription',
  'embeddings.create': 'mutation',
  'models.list': 'query',
  'models.retrieve': 'query',
  'chains.list': 'query',
  'chains.status': 'query',
  'chains.explain': 'mutation',
  'limits.list': 'query',
  'limits.watch': 'subscription',
  'health.live': 'query',
  'health.ready': 'query',
} as const satisfies { readonly [Entry in Entries<Procedures> as Entry[0]]: Entry[1] });
