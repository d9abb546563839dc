export type {
  About,
  AppRouter,
  ChainList,
  ChainPlan,
  ChainStatusList,
  ChainSummary,
  ChatCompletion,
  ChatCompletionChunk,
  ChatInput,
  ChatMessage,
  Context,
  CutPolicy,
  DisconnectPolicy,
  Embeddings,
  EmbeddingsInput,
  EntryState,
  ErrorData,
  ErrorShape,
  ExplainInput,
  Health,
  Include,
  LimitList,
  LimitStatus,
  Meta,
  Model,
  ModelList,
  OperationName,
  Run,
  RunError,
  RunEvent,
  RunOptions,
  RunStatus,
  PlannedEntry,
  SkipReason,
  TrailStep,
  WindowSummary,
} from '#contract';
export { type Client, type ClientOptions, createClient } from './create-client.ts';
export { type ClientErrorCode, SpillwayError } from './error.ts';
export { httpStreamLink, type HttpStreamLinkOptions } from './http-stream-link.ts';
export type { ClientStream } from './client-stream.ts';
export type { AnswerSchema, Parse, ParsedBy, ParsedCompletion, ParseInput } from './parse.ts';
export type { CallOptions, Functions, ModelName, ConfigNames, StreamOptions } from './procedures.ts';
export type { RunStream } from './run-stream.ts';
export type { Fetch, RequestHeaders } from './request.ts';
