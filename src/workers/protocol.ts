import type { ConfigProblem } from '../config/problems.ts';
import type { Fleet } from '../state/shared/counts.ts';
import type { News } from '../state/shared/news.ts';
import type { QueryArgument, QueryName } from '../store/queries.ts';
import type { SqliteFault } from '../store/sqlite-protocol.ts';
import type { SentConfig } from './sent-config.ts';

/** What a worker serves, as the primary process tells it at its start. */
export interface WorkerStart {
  /** The worker's own name in the ledger of limits. */
  readonly process: string;
  /** Number of workers. */
  readonly workers: number;
  readonly config: SentConfig;
  /** The newest configuration, where one has come after the start of the primary. */
  readonly reloaded: SentConfig | undefined;
  /** Where the configuration comes from, for people. */
  readonly source: string;
  readonly host: string;
  readonly port: number;
  /** The store that the primary has open for all; undefined where each worker has its own connections. */
  readonly store: StoreFacts | undefined;
}

/** A store in the primary process. */
export interface StoreFacts {
  readonly persistent: boolean;
  /** Its name in messages. */
  readonly name: string;
}

/** A worker that listens. */
export interface WorkerReady {
  readonly url: string;
  /** Where metrics are served on a port of their own; undefined without one. */
  readonly metricsUrl: string | undefined;
  readonly keyless: boolean;
}

/** What a worker has made of another configuration. */
export interface Applied {
  /** Undefined where it is active. */
  readonly rejected: readonly string[] | undefined;
  readonly restart: readonly string[];
}

/** A configuration, or why there is none. */
export type SentResult =
  | { readonly ok: true; readonly config: SentConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The signals that end a gateway. A worker whose primary is gone ends as by SIGINT. */
export type EndSignal = 'SIGTERM' | 'SIGINT';

/** A query with its argument. */
export interface SentQuery {
  readonly name: QueryName;
  readonly argument: QueryArgument[QueryName];
}

/** What the store has answered. */
export type StoreAnswer<Result> = { readonly result: Result } | { readonly fault: SqliteFault };

/** What workers call of the primary process. */
export type PrimaryProcedures = {
  /** The first call of a worker. */
  readonly begin: (nothing: undefined) => WorkerStart;
  readonly ready: (ready: WorkerReady) => void;
  /** It cannot start, for a reason that the user can remove. */
  readonly failed: (message: string) => void;
  /** Writes whole lines to the log. */
  readonly log: (lines: string) => void;
  /** The metrics of all processes, a page each. */
  readonly pages: (nothing: undefined) => Promise<readonly string[]>;
  readonly query: (query: SentQuery) => Promise<StoreAnswer<never>>;
  /** A request and its reply as JSON, which costs less than half of what structured clones of them do. All numbers in them are finite. */
  readonly sync: (request: string) => Promise<string>;
  readonly beat: (restored: string | undefined) => Promise<Fleet>;
  readonly elect: (probe: { readonly server: string; readonly lease: number }) => Promise<boolean>;
  readonly publish: (news: News) => Promise<void>;
  readonly current: (nothing: undefined) => Promise<readonly News[]>;
};

/** What the primary process calls of a worker. */
export type WorkerProcedures = {
  /** Another process has published it. */
  readonly news: (news: News | undefined) => void;
  /** Another worker has changed keys, tenants or sessions. */
  readonly directoryChanged: (nothing: undefined) => void;
  readonly apply: (result: SentResult) => Applied;
  /** Writes what waits for the store. */
  readonly flush: (nothing: undefined) => Promise<void>;
  /** The worker's own metrics. */
  readonly page: (nothing: undefined) => Promise<string>;
  /** Drain, and end. */
  readonly end: (signal: EndSignal) => void;
};
