/** Limits on how long one attempt may take, each in milliseconds. */
export interface Timeouts {
  /** Dispatch until a socket is ours, the wait for the pool included. */
  readonly connect: number;
  /** Dispatch until the reply's head. For JSON answers undefined means `total`. */
  readonly headers: number | undefined;
  /** Dispatch until the first token of a stream, or the whole JSON answer's head. For JSON undefined means `total`. */
  readonly firstToken: number | undefined;
  /** Between two data events, or two reads of a JSON body. */
  readonly idle: number;
  readonly total: number;
}

/** When an attempt becomes the answer. */
export type CommitPolicy = 'first-token' | 'first-event' | 'headers';

/** Where an entry's requests go: an account at a vendor or a local server. */
export interface Target {
  readonly provider: string;
  readonly model: string;
  readonly dialect: 'openai';
  /** Without a trailing slash, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Undefined for servers that want none. */
  readonly apiKey: string | undefined;
  /** Key of what the vendor counts: a digest of base URL and API key, nothing secret in it. */
  readonly account: string;
  /** Whether `stream_options.include_usage` may be asked for. */
  readonly streamOptions: boolean;
}

/** One place in a chain. */
export interface Entry {
  readonly target: Target;
  readonly timeouts: Timeouts;
  /** Relative share where a policy spreads requests; above 0. */
  readonly weight: number;
}

/** A named, ordered list of entries. */
export interface Chain {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: CommitPolicy;
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
  /** Every secret of the configuration, for redaction only. */
  readonly secrets: readonly string[];
}
