export type * from '#contract';
export { type Client, type ClientOptions, createClient } from './create-client.ts';
export { type ClientErrorCode, SpillwayError } from './error.ts';
export { httpStreamLink, type HttpStreamLinkOptions } from './http-stream-link.ts';
export type { ClientStream } from './client-stream.ts';
export type { AnswerSchema, Parse, ParsedBy, ParsedCompletion, ParseInput } from './parse.ts';
export type { CallOptions, Functions, ModelName, ConfigNames, StreamOptions } from './procedures.ts';
export type { RunStream } from './run-stream.ts';
export type { Fetch, RequestHeaders } from './request.ts';
