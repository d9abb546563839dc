import type { CommitPolicy } from './chain.ts';
import type { EntryState } from './limit-list.ts';
import type { ConfigurationStatus } from './configuration-status.ts';

/** A name that may stand in `model`, in OpenAI's shape. */
export interface Model {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
}

/** OpenAI's list of models. */
export interface ModelList {
  readonly object: 'list';
  readonly data: readonly Model[];
}

/** A chain as its callers see it: what is asked in which order. */
export interface ChainSummary {
  /** What to put into `model`. */
  readonly id: string;
  readonly object: 'chain';
  readonly entries: readonly { readonly provider: string; readonly model: string }[];
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: CommitPolicy;
}

/** The chains that a caller may use, in the order of the configuration. */
export interface ChainList {
  readonly object: 'list';
  readonly data: readonly ChainSummary[];
}

/** An entry as its operator sees it. */
export interface EntryStatus {
  readonly provider: string;
  readonly model: string;
  /** Of a pool of keys the best of theirs. */
  readonly state: EntryState;
  /** What it is not asked for: an outcome, or the window that is used up; null when it is ready. */
  readonly reason: string | null;
  /** Milliseconds since the epoch; null when it is ready, or nobody knows. */
  readonly retry_at: number | null;
}

/** The configuration as its operator sees it; times in milliseconds since the epoch. */
export interface ConfigurationSummary {
  readonly source: string;
  readonly loaded_at: number;
  /** A newer one that is not served, because of these problems; null when the newest one is served. */
  readonly rejected: { readonly at: number; readonly problems: readonly string[] } | null;
  /** Sections that say otherwise than at the start, and count from the next start on. */
  readonly restart: readonly string[];
}

/** What is served, and in which state it is. */
export interface ChainStatusList {
  readonly object: 'list';
  readonly configuration: ConfigurationSummary;
  readonly data: readonly {
    readonly id: string;
    readonly object: 'chain.status';
    readonly entries: readonly EntryStatus[];
  }[];
}

/** Whether the gateway takes requests; who is an admin is told of its configuration too. */
export interface Health {
  readonly status: 'ok';
  readonly configuration?: ConfigurationSummary | undefined;
}

/** A configuration's status in the API's own spelling. */
export function toSummary({ source, loadedAt, rejected, restart }: ConfigurationStatus): ConfigurationSummary {
  return { source, loaded_at: Math.round(loadedAt), rejected: rejected ?? null, restart };
}

/** A model as the lists show it; names here have no date of birth. */
export function toModel(id: string): Model {
  return { id, object: 'model', created: 0, owned_by: 'spillway' };
}
