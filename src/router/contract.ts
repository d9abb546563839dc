/** Everything that the typed client is made from. Types only, without types of Node, zod or an HTTP library. */
export type { AuditInput, AuditList, AuditListEntry } from '../domain/audit-list.ts';
export type {
  BudgetInput,
  BudgetShown,
  Key,
  KeyInput,
  KeyList,
  KeyListInput,
  KeyRevokeInput,
  KeyRotateInput,
  KeyScopeInput,
  KeyState,
  KeyUpdateInput,
  KeyWithSecret,
  LimitShown,
  LimitsInput,
  LimitsShown,
  OwnKey,
  TenantInput,
  TenantList,
  TenantRemoved,
  TenantShown,
  TenantUpdateInput,
} from '../domain/account.ts';
export type { CommitPolicy } from '../domain/chain.ts';
export type { ChatCompletion, ChatCompletionChunk, ChatInput, ChatMessage } from '../domain/chat.ts';
export type { Completion, CompletionsInput } from '../domain/completions.ts';
export type { ConfigChange, ConfigCheck, ConfigCheckInput, ConfigValue, ConfigView } from '../domain/config-view.ts';
export type { Embeddings, EmbeddingsInput } from '../domain/embeddings.ts';
export type {
  ContentBlock,
  ContentBlockDelta,
  ContentBlockParam,
  CountTokensInput,
  Message,
  MessageParam,
  MessagesInput,
  MessageStreamEvent,
  MessageUsage,
  TokenCount,
} from '../domain/messages.ts';
export type {
  About,
  ChainList,
  ChainStatusList,
  ChainSummary,
  Health,
  Model,
  ModelList,
  ModelListInput,
} from '../domain/models.ts';
export type {
  ChainPlan,
  EntryState,
  LimitList,
  LimitStatus,
  PlannedEntry,
  WindowSummary,
} from '../domain/limit-list.ts';
export type { KeptBody, RequestBodies } from '../domain/kept-bodies.ts';
export type { OtherType } from '../domain/other-type.ts';
export type {
  CompactedResponse,
  ResponseDeleted,
  ResponseItemList,
  CompactInput,
  Response,
  ResponseInputItem,
  ResponseItem,
  ResponseOutputPart,
  ResponsesInput,
  ResponseStreamEvent,
  ResponseUsage,
} from '../domain/responses.ts';
export type {
  RequestFilter,
  RequestForgetInput,
  RequestList,
  RequestListInput,
  RequestRecord,
  RequestsForgotten,
  RequestStep,
  RequestUsage,
  StatusClass,
  TailedRequest,
} from '../domain/request-list.ts';
export type { AttemptHour, ProviderHealth, ProviderHealthInput } from '../domain/provider-health.ts';
export type { AttemptShare, FailedAttemptSummary, ProviderList, ProviderStatus } from '../domain/provider-list.ts';
export type { RecentMinute, RecentTimes, RecentUsage } from '../domain/recent-usage.ts';
export type {
  UsageGroup,
  UsageInput,
  UsageSummary,
  UsageSummaryRow,
  UsageSums,
  UsageTimes,
} from '../domain/usage-summary.ts';
export type { LoginStatus, Session, SessionDeleted, SessionInput, StoreStatus } from '../domain/session.ts';
export type { CutPolicy, DisconnectPolicy, Run, RunError, RunEvent, RunOptions, RunStatus } from '../domain/run.ts';
export type {
  WatchedAttemptFinished,
  WatchedAttemptStarted,
  WatchedCommitted,
  WatchedEvent,
  WatchedLimit,
  WatchedLoss,
  WatchedRequestFinished,
  WatchedRequestQueued,
  WatchedRequestStarted,
  WatchedStep,
  WatchedUsage,
  WatchInput,
  WatchKind,
} from '../domain/watched-event.ts';
export type { SessionVia } from '../domain/principal.ts';
export type { OperationName } from '../domain/operation-names.ts';
export type { Include } from '../domain/scope.ts';
export type { SkipReason, TrailStep } from '../domain/trail.ts';
export type { AppRouter } from './app-router.ts';
export type { Context, Meta } from './context.ts';
export type { ExplainInput } from './explain-input.ts';
export type { ErrorData, ErrorShape } from './errors.ts';
