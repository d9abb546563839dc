import type { Redact } from '../lib/redact.ts';
import type { LimitRules, Limits } from './limits.ts';
import type { Endpoint } from './endpoint.ts';
import type { Authentication } from './principal.ts';

/** Limits on how long one attempt may take, each in milliseconds. */
export interface Timeouts {
  /** Dispatch until a socket is ours, the wait for the pool included. */
  readonly connect: number;
  /** Dispatch until the reply's head. For JSON answers undefined means `total`. */
  readonly headers: number | undefined;
  /** Dispatch until the first token of a stream, or the whole JSON answer's head. For JSON undefined means `total`. */
  readonly firstToken: number | undefined;
  /** What stands for these two in a stream, where they are undefined: models that think take longer. */
  readonly streamStart: number;
  /** Between two data events, or two reads of a JSON body. */
  readonly idle: number;
  readonly total: number;
}

/** All commit policies, in the order in which documents and schemas list them. */
export const COMMIT_POLICIES = ['first-token', 'first-event', 'headers'] as const;

/** What of a reply makes an attempt final, after which no other entry is tried. */
export type CommitPolicy = (typeof COMMIT_POLICIES)[number];

/** How a vendor wants its key. */
export type KeyHeader = 'authorization' | 'api-key';

/** What an OpenAI-compatible server takes otherwise than OpenAI does: what has to be mended in a request for it. */
export interface Quirks {
  /** Whether `stream_options` may be sent. */
  readonly streamOptions: boolean;
  /** Top-level fields that it refuses a request for, and so are taken out. */
  readonly rejects: readonly string[];
  /** Top-level fields that it knows by another name. */
  readonly renames: Readonly<Record<string, string>>;
  /** Whether it knows the role `developer`; where it does not, such messages go as `system`. */
  readonly developerRole: boolean;
  /**
   * Members of messages that it refuses a request for: those of an answer, which callers send back with the conversation. Where there are
   * any, members that are null or an empty list are taken out with them, `content` apart.
   */
  readonly messageRejects: readonly string[];
  /** Whether its answers' tool calls break strict clients and are mended on their way: wrong indexes, empty ids, things said twice. */
  readonly mendToolCalls: boolean;
}

/** What a model takes; an absent one is not known, and the vendor is asked. */
export interface Capabilities {
  /** Size of its context window in tokens, prompt and answer together. */
  readonly contextTokens?: number | undefined;
  readonly tools?: boolean | undefined;
  readonly images?: boolean | undefined;
  /** Answers by a schema: `response_format` of type `json_schema`. */
  readonly jsonSchema?: boolean | undefined;
}

/** What a model costs, in US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** Wire protocols that providers speak. */
export const DIALECTS = Object.freeze(['openai'] as const);

/** A wire protocol. */
export type Dialect = (typeof DIALECTS)[number];

/** Where an entry's requests go: an account at a vendor or a local server. */
export interface Target {
  readonly provider: string;
  /** The provider's preset; undefined without one. */
  readonly preset: string | undefined;
  readonly model: string;
  /** Which of the provider's keys this is, counted from 1; undefined where it has no pool of them. */
  readonly keyNumber: number | undefined;
  readonly dialect: Dialect;
  /** Without a trailing slash, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Undefined for servers that want none. */
  readonly apiKey: string | undefined;
  /** Key of what the vendor counts: a digest of base URL, API key and headers, nothing secret in it. */
  readonly account: string;
  /** Key of what shares its limits: the account and the model, or the group of models that its vendor counts together. */
  readonly counterKey: string;
  /** Key of the model at its account: not what is counted together, since models that share limits differ. */
  readonly modelKey: string;
  /** Key of who answers, under whatever key. */
  readonly server: string;
  /** As they are configured; what the vendor tells overrules them. */
  readonly limits: Limits;
  readonly rules: LimitRules;
  /** As they are configured. */
  readonly capabilities: Capabilities;
  /** As it is configured; undefined where the price list is asked. */
  readonly price: Price | undefined;
  readonly keyHeader: KeyHeader;
  /** Sent with every request beside our own, which win; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where `baseUrl` is connected to. */
  readonly endpoint: Endpoint;
  readonly quirks: Quirks;
}

/** One place in a chain. */
export interface Entry {
  readonly provider: string;
  readonly model: string;
  /** One for each of the provider's keys. */
  readonly targets: readonly [Target, ...Target[]];
  readonly timeouts: Timeouts;
  /** Relative share where a policy spreads requests; above 0. */
  readonly weight: number;
}

/** All order policies, in the order in which documents and schemas list them. */
export const ORDER_POLICIES = ['ordered', 'weighted', 'fastest', 'cheapest'] as const;

/** The order in which a chain's entries are tried: as configured, at random by weight, by time to first token, or by price. */
export type OrderPolicy = (typeof ORDER_POLICIES)[number];

/** How many requests may wait for a chain whose entries are all cooling down, and how long each, in milliseconds. */
export interface QueueLimits {
  readonly maxWait: number;
  readonly maxSize: number;
}

/** How often an overloaded entry is asked again before the next one is, and after about how many milliseconds. */
export interface RetryLimits {
  readonly overloaded: number;
  readonly backoff: number;
}

/** A named, ordered list of entries. */
export interface Chain {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly policy: OrderPolicy;
  /** Undefined where nobody waits. */
  readonly queue: QueueLimits | undefined;
  /** Undefined where the next entry is asked at once. */
  readonly retry: RetryLimits | undefined;
  /** Whether entries that keep failing are asked all the same when no other could answer. */
  readonly lastResort: boolean;
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: CommitPolicy;
  /** Opens a stream to its caller after so many milliseconds without a commit; undefined for never. */
  readonly openAfter: number | undefined;
  readonly onContentFilter: 'next' | 'stop';
}

/** All that a request needs of the configuration, frozen: a request runs wholly on the snapshot it began with. */
export interface Snapshot {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly aliases: ReadonlyMap<string, string>;
  /** Chains of one for `provider/model` names that the configuration opens. */
  readonly pairs: ReadonlyMap<string, Chain>;
  /** Makes the chain of one for a model of a provider that opens all of them (`"*"`). */
  readonly openPair: (provider: string, model: string) => Chain | undefined;
  readonly defaultChain: string | undefined;
  readonly unknownModel: 'reject' | 'default';
  /** Looks up the keys of clients; says whether the gateway is keyless. */
  readonly auth: Authentication;
  /** Takes this configuration's secrets out of a text. */
  readonly redact: Redact;
}
