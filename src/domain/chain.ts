import type { BodyRules } from './body-rules.ts';
import type { Redact } from '../lib/redact.ts';
import type { LimitRules, Limits } from './limits.ts';
import type { RefusalRule } from './reading.ts';
import type { Endpoint } from './endpoint.ts';
import type { ParameterRules } from './parameter-rules.ts';
import type { Tenant } from './key-record.ts';
import type { Authentication, Principal } from './principal.ts';

/** How long a server that may have to load its model first has until its head and its first token, in milliseconds. */
export interface ColdStart {
  /** While another entry can be tried. */
  readonly withOthers: number;
  /** While no other entry can be tried, and after the server has reported that it loads. */
  readonly alone: number;
}

/** Limits on how long one attempt may take, each in milliseconds. */
export interface Timeouts {
  /** From dispatch until the attempt has a socket, including the wait for the pool. */
  readonly connect: number;
  /** From dispatch until the reply's head. For a JSON answer undefined means `total`. */
  readonly headers: number | undefined;
  /** From dispatch until the first token of a stream, or the head of a JSON answer. For a JSON answer undefined means `total`. */
  readonly firstToken: number | undefined;
  /** Replaces `headers` and `firstToken` in a stream where they are undefined. Longer for reasoning models. */
  readonly streamStart: number;
  /** Replaces `headers` and `firstToken` where they are undefined, in a stream and for JSON; absent for a server whose models are loaded. */
  readonly coldStart?: ColdStart | undefined;
  /** Between two data events of a stream, or between two reads of a JSON body. */
  readonly idle: number;
  /** The whole attempt. */
  readonly total: number;
}

/** All commit policies, in the order in which documents and schemas list them. */
export const COMMIT_POLICIES = ['first-token', 'first-event', 'headers'] as const;

/** The part of a reply that commits the chain to an attempt: after it no other entry is tried. */
export type CommitPolicy = (typeof COMMIT_POLICIES)[number];

/** The header in which a provider expects its key. */
export type KeyHeader = 'authorization' | 'api-key' | 'x-api-key';

/** How an OpenAI-compatible server differs from OpenAI: what the gateway changes in requests to it and in its answers. */
export interface Quirks {
  /** Whether `stream_options` may be sent. */
  readonly streamOptions: boolean;
  /** Top-level fields that make it refuse a request; they are removed. */
  readonly rejects: readonly string[];
  /** Top-level fields that it knows by another name: new names by OpenAI's names. */
  readonly renames: Readonly<Record<string, string>>;
  /** Whether it knows the role `developer`. Where it does not, such messages are sent with the role `system`. */
  readonly developerRole: boolean;
  /**
   * Members of messages that make it refuse a request: members of an answer, which clients send back with the conversation. Where the list
   * is not empty, members that are null or an empty list are removed too, except `content`.
   */
  readonly messageRejects: readonly string[];
  /** Members of a message's tool calls, and of the `function` in them, that make it refuse a request; they are removed. */
  readonly callRejects: readonly string[];
  /** The ids of tool calls that it accepts. Where an id does not fit, another one replaces it, in the call and in its result. */
  readonly callIds: 'any' | 'nine-alphanumerics';
  /** Whether it refuses an assistant message without `reasoning_content`. Where that is missing, a blank is sent. */
  readonly fillsReasoning: boolean;
  /** Whether the tool calls in its answers break strict clients and are mended: wrong indexes, empty ids, repeated members. */
  readonly mendToolCalls: boolean;
  /** Whether it tries further models by itself, from the names in the request's `models`. */
  readonly ownFallbacks: boolean;
  /** Whether what it sends in another form is delivered in OpenAI's: contents in parts as texts, and a usage elsewhere as `usage`. */
  readonly normalize: boolean;
  /** Whether an answer without output and tool calls is an answer, or a failure after which the next entry is tried. */
  readonly emptyAnswer: 'accept' | 'next';
  /** Whether an answer needs a finish reason, or ends with the stream's end mark alone. */
  readonly finishReason: 'required' | 'optional';
  /** What it bills of a request that is cancelled: what it has generated until then, or all that the request allows. */
  readonly cancelled: 'seen' | 'full';
  /** The words of `anthropic-beta` that it accepts; undefined for all. The fields of other betas are removed. */
  readonly betas?: readonly string[] | undefined;
}

/** What a model supports. An absent capability is unknown: the request is sent, and the provider decides. */
export interface Capabilities {
  /** Size of its context window in tokens, prompt and answer together. */
  readonly contextTokens?: number | undefined;
  /** The longest answer in tokens. */
  readonly maxOutputTokens?: number | undefined;
  readonly tools?: boolean | undefined;
  readonly images?: boolean | undefined;
  /** Answers that follow a schema: `response_format` of type `json_schema`. */
  readonly jsonSchema?: boolean | undefined;
  /** Whether it takes `temperature`, `top_p` and `top_k`. */
  readonly sampling?: boolean | undefined;
  /** How thinking is requested of it: at its own discretion, with a budget of tokens, or not at all. */
  readonly thinking?: 'adaptive' | 'budget' | 'none' | undefined;
  /** Whether it continues an answer that the request has begun. */
  readonly prefill?: boolean | undefined;
  /** The most inputs of one embeddings request. */
  readonly maxBatch?: number | undefined;
}

/** What a model costs, in US dollars per million tokens. A part without a price of its own costs what its whole costs. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cachedInput?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly audioInput?: number | undefined;
  readonly audioOutput?: number | undefined;
  /** US dollars for each request, beside its tokens. */
  readonly perRequest?: number | undefined;
}

/** The wire protocols of providers. */
export const DIALECTS = Object.freeze(['openai', 'openai-responses', 'anthropic'] as const);

/** A wire protocol. */
export type Dialect = (typeof DIALECTS)[number];

/** Where an entry's requests are sent: a model of an account at a provider, or of a local server. */
export interface Target {
  readonly provider: string;
  /** The provider's preset; undefined without one. */
  readonly preset: string | undefined;
  readonly model: string;
  /** Number of the provider's key, counted from 1; undefined without a pool of keys. */
  readonly keyNumber: number | undefined;
  readonly dialect: Dialect;
  /** Without a trailing slash, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Undefined for servers without keys. */
  readonly apiKey: string | undefined;
  /** Identifies the account: a digest of base URL, API key and headers that reveals none of them. */
  readonly account: string;
  /** Identifies what shares this target's limits: the account with the model, or with the group of models that the provider counts together. */
  readonly counterKey: string;
  /** Identifies the model at its account. Models that share a `counterKey` differ in it. */
  readonly modelKey: string;
  /** Identifies the server and the model, whichever API key is used. */
  readonly server: string;
  /** The configured limits. What the provider reports overrules them. */
  readonly limits: Limits;
  readonly rules: LimitRules;
  /** The configured capabilities. */
  readonly capabilities: Capabilities;
  /** The configured price; undefined where the price list applies. */
  readonly price: Price | undefined;
  readonly keyHeader: KeyHeader;
  /** Headers of every request; names in lower case. The gateway's own headers win over them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where connections for `baseUrl` are made to. */
  readonly endpoint: Endpoint;
  readonly quirks: Quirks;
  /** The operator's own rules for its refusals. */
  readonly refusals: readonly RefusalRule[];
  /** What the operator changes in the fields of requests; undefined where nothing. */
  readonly parameters: ParameterRules | undefined;
  /** Whether it gets the headers of the request's trace. */
  readonly trace: boolean;
}

/** One model of one provider in a chain. */
export interface Entry {
  readonly provider: string;
  readonly model: string;
  /** One target for each of the provider's keys. */
  readonly targets: readonly [Target, ...Target[]];
  readonly timeouts: Timeouts;
  /** Relative share of the requests under the policy `weighted`; above 0. */
  readonly weight: number;
}

/** All order policies, in the order in which documents and schemas list them. */
export const ORDER_POLICIES = ['ordered', 'weighted', 'fastest', 'cheapest', 'least-busy'] as const;

/** The order in which a chain's entries are tried: as configured, at random by weight, by time to first token, by price, or by running requests. */
export type OrderPolicy = (typeof ORDER_POLICIES)[number];

/** Limits of a chain's queue: the longest wait in milliseconds, and the most requests that wait at the same time. */
export interface QueueLimits {
  readonly maxWait: number;
  readonly maxSize: number;
}

/** Retries of an overloaded entry before the next entry is tried: their number, and the approximate delay in milliseconds. */
export interface RetryLimits {
  readonly overloaded: number;
  readonly backoff: number;
}

/** When a stream is requested from a second entry beside a first one that is slow, and how often. */
export interface HedgeLimits {
  /**
   * Milliseconds without a first token after which the second request is sent; `p95` for the 95th percentile of the first one's times to its
   * first token.
   */
  readonly after: number | 'p95';
  /** Bounds of a learned time, in milliseconds. */
  readonly min: number;
  readonly max: number;
  /** Largest share of the chain's requests that get a second one: above 0, and 1 for all. */
  readonly budget: number;
  /** Longest prompt, in estimated tokens. */
  readonly maxInputTokens: number;
  /** Highest price of the second request, in US dollars. */
  readonly maxCost: number;
}

/** A named, ordered list of entries. */
export interface Chain {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly policy: OrderPolicy;
  /** The entries in groups that are tried one after the other, each in the order of its own policy; undefined for one group. */
  readonly parts?: readonly Pick<Chain, 'entries' | 'policy'>[] | undefined;
  /** Undefined where requests do not wait. */
  readonly queue: QueueLimits | undefined;
  /** Undefined where the next entry is tried at once. */
  readonly retry: RetryLimits | undefined;
  /** Undefined where no second request is sent beside a slow one. */
  readonly hedge: HedgeLimits | undefined;
  /** Whether entries with an open circuit breaker are tried when no other entry answered. */
  readonly lastResort: boolean;
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: CommitPolicy;
  /** Milliseconds without a commit after which a stream to the client is opened; undefined for never. */
  readonly openAfter: number | undefined;
  /** Whether an entry's refusal of the request, which is not certainly the client's mistake, makes the chain try its next entry. */
  readonly onRefused: 'next' | 'stop';
  /** Whether a provider's content filter makes the chain try its next entry. */
  readonly onContentFilter: 'next' | 'stop';
  /** Whether vectors of different models may answer the same chain (`Operation.sameModelOnly`). */
  readonly mixedModels: boolean;
}

/** Everything that requests use of the configuration, frozen. A request uses the snapshot that it began with until its end. */
export interface Snapshot {
  /** Names of the providers. */
  readonly providers: ReadonlySet<string>;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly aliases: ReadonlyMap<string, string>;
  /** Chains of one entry, by the `provider/model` names that the configuration allows. */
  readonly pairs: ReadonlyMap<string, Chain>;
  /** Makes the chain of one entry for a model of a provider that allows all its models (`"*"`); undefined for any other. */
  readonly openPair: (provider: string, model: string) => Chain | undefined;
  readonly defaultChain: string | undefined;
  readonly unknownModel: 'reject' | 'default';
  /** Whether running answers are cut, or may finish, when their key is no longer accepted. */
  readonly revokedStreams: 'cut' | 'finish';
  /** The principals of its keys, in their order. */
  readonly keys: readonly Principal[];
  /** The same by their ids. */
  readonly keysById: ReadonlyMap<string, Principal>;
  /** Its tenants, by name. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** Looks up the keys of clients; reports whether the gateway has no keys. */
  readonly auth: Authentication;
  /** Redacts this configuration's secrets in a text. */
  readonly redact: Redact;
  /** Of which requests bodies are kept; undefined for none, which costs a request one test. */
  readonly bodies: BodyRules | undefined;
}
