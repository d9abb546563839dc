import type { CommitPolicy } from './chain.ts';
import type { EntryState } from './limit-list.ts';
import type { ConfigurationStatus } from './configuration-status.ts';

/** What a model may be given: text, or text and images. */
export type Modality = 'text' | 'image';

/** A name that a request may send as `model`, in OpenAI's shape and in Anthropic's, and what is known of its entries. */
export interface Model {
  readonly id: string;
  readonly object: 'model';
  readonly type: 'model';
  readonly display_name: string;
  readonly created: number;
  /** `created` as RFC 3339 writes it. */
  readonly created_at: string;
  /** The provider of a `provider/model`, else `spillway`. */
  readonly owned_by: string;
  /** The smallest known context window of its entries, in tokens; absent where none is known. */
  readonly context_length?: number | undefined;
  /** The smallest known bound on the answers of its entries, in tokens; absent where none is known. */
  readonly max_output_tokens?: number | undefined;
  /** What one of its entries takes at least; absent where that is unknown. */
  readonly modalities?: readonly Modality[] | undefined;
  /** What one of its entries supports at least; an unknown member is absent. */
  readonly capabilities?:
    | { readonly tools?: boolean | undefined; readonly json_schema?: boolean | undefined }
    | undefined;
}

/** Which part of the list of models is requested; all of it unless given. */
export interface ModelListInput {
  /** The largest number of models, 1 to 1000. */
  readonly limit?: number | undefined;
  /** The id behind which the part begins. */
  readonly after_id?: string | undefined;
  /** The id before which the part ends. */
  readonly before_id?: string | undefined;
  /** Sent by Codex, which requires a member `models` in the list. */
  readonly client_version?: string | undefined;
}

/** A list of models, in OpenAI's shape and in Anthropic's. */
export interface ModelList {
  readonly object: 'list';
  readonly data: readonly Model[];
  /** Whether the limit has cut the list. */
  readonly has_more: boolean;
  /** Null in an empty list. */
  readonly first_id: string | null;
  readonly last_id: string | null;
  /** Present where `client_version` was sent, and empty. */
  readonly models?: readonly [] | undefined;
}

/** A chain as clients see it: its entries in the order in which they are tried. */
export interface ChainSummary {
  /** The value for `model`. */
  readonly id: string;
  readonly object: 'chain';
  readonly entries: readonly { readonly provider: string; readonly model: string }[];
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: CommitPolicy;
}

/** The chains that a client may use, in the order of the configuration. */
export interface ChainList {
  readonly object: 'list';
  readonly data: readonly ChainSummary[];
}

/** An entry as the operator sees it. */
export interface EntryStatus {
  readonly provider: string;
  readonly model: string;
  /** With a pool of keys, the best state among the keys. */
  readonly state: EntryState;
  /** Why the entry is not used: an outcome, or the window that is exhausted; null when it is ready. */
  readonly reason: string | null;
  /** When the entry may be tried again, in milliseconds since the epoch; null when it is ready or the time is unknown. */
  readonly retry_at: number | null;
}

/** The configuration as the operator sees it; times in milliseconds since the epoch. */
export interface ConfigurationSummary {
  /** Where it was loaded from. */
  readonly source: string;
  readonly loaded_at: number;
  /** A newer configuration that was rejected, with its problems; null when the newest one is served. */
  readonly rejected: { readonly at: number; readonly problems: readonly string[] } | null;
  /** Sections that have changed since the start and take effect at the next start. */
  readonly restart: readonly string[];
}

/** The chains that are served, with the state of their entries. */
export interface ChainStatusList {
  readonly object: 'list';
  readonly configuration: ConfigurationSummary;
  readonly data: readonly {
    readonly id: string;
    readonly object: 'chain.status';
    readonly entries: readonly EntryStatus[];
  }[];
}

/** Whether the gateway accepts requests. The configuration is included for principals whose role is not `caller`. */
export interface Health {
  readonly status: 'ok';
  readonly configuration?: ConfigurationSummary | undefined;
}

/** What answers here, with the paths of its documents and models. The version is included for clients with a key. */
export interface About {
  readonly name: string;
  readonly docs: string;
  readonly openapi: string;
  readonly models: string;
  readonly version?: string | undefined;
}

/** A configuration's status in the API's spelling. */
export function toSummary({ source, loadedAt, rejected, restart }: ConfigurationStatus): ConfigurationSummary {
  return { source, loaded_at: Math.round(loadedAt), rejected: rejected ?? null, restart };
}
