import type { LookupFunction } from 'node:net';
import type { Stage } from '../chain/stage.ts';
import type { ConfigResult } from '../config/load.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { Emit } from '../domain/events.ts';
import type { KeySource, Principal } from '../domain/principal.ts';
import type { RecordRefused } from '../door/request.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import type { Redact } from '../lib/redact.ts';
import type { Admission } from '../limits/admission.ts';
import type { Handle } from '../rest/handle.ts';
import type { Caller } from '../router/caller.ts';
import type { SharedRuns } from '../runs/shared-runs.ts';
import type { SharedCounts } from '../state/shared/counts.ts';
import type { OpenStoreOptions, Store } from '../store/store.ts';
import type { TrpcDoor } from '../trpc/handle.ts';
import type { GatewayFetch } from '../web/fetch.ts';
import type { WebHandler } from '../web/handler.ts';

/** Options of a gateway beside its configuration. */
export interface GatewayOptions {
  /**
   * Receives events, synchronously; a list of listeners gets each event in order. A listener that throws causes a process warning and affects
   * neither the request nor the other listeners.
   */
  readonly onEvent?: Emit | readonly Emit[] | undefined;
  /** Stages around every chain, the first one outermost. */
  readonly stages?: readonly Stage[] | undefined;
  /**
   * Decides, once for each request, whether its principal may run it; by the limits and budgets of keys and tenants unless given. An error that `settle` throws is a
   * process warning and does not affect the request.
   */
  readonly admission?: Admission | undefined;
  /** Where `${NAME}` and the proxies' variables are read from; the process's environment unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Resolves the host names of providers; the system's resolver unless given. The addresses it returns are checked all the same. */
  readonly lookup?: LookupFunction | undefined;
  readonly clock?: Clock | undefined;
  /** Makes the gateway's own ids of requests, each of which must be unique; see `createNewRequestId` for the usual form. */
  readonly newId?: NewId | undefined;
  /** From 0 to below 1; `Math.random` unless given. Used for weights, exploration and backoff. */
  readonly random?: (() => number) | undefined;
  /**
   * Receives a message when the store, the file of prices or the budget webhook has a problem while the gateway runs; a process warning unless
   * given. Must not throw.
   */
  readonly onProblem?: ((message: string) => void) | undefined;
  /**
   * A ledger in which several processes count limits together, where the configuration has no `state`. The gateway closes it at its end. `process` is the process's
   * own id in it.
   */
  readonly ledger?: { readonly counts: SharedCounts; readonly process: string } | undefined;
  /** Where the configuration is from, in a few words; shown by `chains.status`. */
  readonly source?: string | undefined;
  /**
   * Where keys of clients are kept beside `auth.keys`, for example in a database. The gateway is keyless, and everything open to local clients,
   * only while neither they nor the store hold a key. The first key of the store counts at once. That of a source counts when a configuration begins
   * to be served, so reload after it.
   */
  readonly keySources?: readonly KeySource[] | undefined;
  /** Shares the gateway's runs with other processes; closed with the gateway. Its runs are its own unless given. */
  readonly sharedRuns?: SharedRuns | undefined;
}

/** What a gateway shares with others of its machine that serve the same address. All of it is undefined for a gateway that is alone. */
export interface SharedParts {
  /** How many gateways share the memory of the machine. */
  readonly processes?: number | undefined;
  /** Opens the store; as `store.url` says unless given. Rejects with a StoreError. */
  readonly openStore?: ((options: OpenStoreOptions) => Promise<Store>) | undefined;
  /** Gets what writes all that waits for the store, within a moment; to be called before another process reads it. */
  readonly shareFlush?: ((flush: () => Promise<void>) => void) | undefined;
  /** Makes what reads the metrics of all gateways, given what writes those of this one. */
  readonly shareMetrics?: ((own: () => Promise<string>) => () => Promise<string>) | undefined;
}

/** Options of a gateway that may be one of several. */
export interface SharedGatewayOptions extends GatewayOptions, SharedParts {}

/** The doors behind an HTTP server, or a mount in one. */
export interface Doors {
  readonly rest: Handle;
  readonly trpc: TrpcDoor;
  /** The dashboard's files, and the redirect to them; undefined where `server.dashboard` is false. */
  readonly dashboard: Handle | undefined;
  /** All of it for web requests. */
  readonly web: WebHandler;
  readonly refused: RecordRefused;
  /** The time of the gateway and its servers. */
  readonly clock: Clock;
  /** Whether a request needs the asynchronous context in which it has arrived: an OpenTelemetry SDK of the process has its span there. */
  readonly keepsContext: boolean;
}

/** A running gateway, without any socket of its own. */
export interface Gateway extends AsyncDisposable {
  /** The typed door in process. */
  readonly caller: Caller;
  /** All that HTTP serves as a `fetch`, for any client in the same process: no key is checked. */
  readonly fetch: GatewayFetch;
  /** The same for another principal than the process itself. */
  readonly fetchAs: (principal: Principal) => GatewayFetch;
  /** The doors that an HTTP server opens to clients. */
  readonly doors: Doors;
  /** The configuration that is served now. */
  readonly config: Config;
  /** Origin and state of the configuration. */
  readonly configuration: ConfigurationStatus;
  /** Whether no client has a key, neither in the configuration, in the store nor in a key source: every request is then the local client's. */
  readonly keyless: boolean;
  /**
   * Serves another configuration from now on; running requests keep theirs, and end if their key is gone (`auth.revokedStreams`). Rejects with a
   * ConfigError that lists every problem, and then keeps the present configuration: also where no key is left of a gateway with keys. The sections
   * `server`, `store` and `metrics` only count at the start.
   */
  readonly reload: (input: ConfigInput) => Promise<void>;
  /** The same for a configuration that was parsed already: one that is rejected is noted in `configuration`. */
  readonly apply: (result: ConfigResult) => void;
  /** Removes the present configuration's secrets from a text. */
  readonly redact: Redact;
  /** Whether `drain` or `close` was called. */
  readonly draining: boolean;
  /** Fails the readiness probe from now on, so that load balancers send no new requests; those that still arrive are served. Idempotent. */
  readonly drain: () => void;
  /**
   * Refuses new requests, gives the running ones `graceMs` milliseconds (0 unless given), cancels the rest and closes every connection.
   * Idempotent.
   */
  readonly close: (graceMs?: number) => Promise<void>;
}
