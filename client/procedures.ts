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

/** The router's procedures as functions: a stream for a subscription, a promise for the rest. */
export type Functions<TRecord> = {
  readonly [Name in keyof TRecord]: TRecord[Name] extends AnyTRPCProcedure
    ? (...args: Arguments<TRecord[Name]>) => Returned<TRecord[Name]>
    : Functions<TRecord[Name]>;
};

type Arguments<TProcedure extends AnyTRPCProcedure> =
  inferProcedureInput<TProcedure> extends void | undefined
    ? [input?: undefined, options?: CallOptions]
    : [input: inferProcedureInput<TProcedure>, options?: CallOptions];

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
  'health.live': 'query',
  'health.ready': 'query',
} as const satisfies { readonly [Entry in Entries<Procedures> as Entry[0]]: Entry[1] });
