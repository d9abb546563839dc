import type { Config } from '../config/schema.ts';
import { stateSettings } from '../config/state-settings.ts';
import type { RunChain } from '../chain/run.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { runSettings } from '../config/run-settings.ts';
import type { Requests } from '../domain/requests.ts';
import { copyClientFacts, type RequestScope } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import { createRuns, type Runs } from '../runs/runs.ts';
import type { SharedRuns } from '../runs/shared-runs.ts';
import type { Revocation } from './revocation.ts';

/** What the runs of a gateway are made of. */
export interface OpenRunsOptions {
  readonly active: ActiveConfig;
  readonly requests: Requests;
  readonly revocation: Pick<Revocation, 'identified'>;
  readonly run: RunChain;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Undefined where the gateway is alone with its runs. */
  readonly shared: SharedRuns | undefined;
}

/** Makes the runs of a gateway. Each is a request of its own, for the client of the request that creates it. */
export function openRuns({ active, requests, revocation, run, clock, newId, shared }: OpenRunsOptions): Runs {
  function openScope(client: RequestScope, abort: AbortScope): RequestScope {
    const { clientRequestId, door, snapshot, principal, options, via, report } = client;
    const opened = requests.open({ id: newId(), clientRequestId, door, abort, snapshot });
    copyClientFacts(report, opened.report);
    // A run continues the trace of the request that creates it, and may outlive it.
    if (report.trace !== undefined) opened.report.traceHeaders = { ...report.trace.headers, own: true };
    const scope = opened.as(principal, options, via);
    revocation.identified(scope);
    return scope;
  }

  return createRuns({ clock, settings: () => runSettings(active.config), openScope, run, shared });
}

/** Shares the runs of a gateway through the Redis of its limits; undefined where none is configured. */
export async function shareRuns({ config, clock, name, onProblem }: ShareRunsOptions): Promise<SharedRuns | undefined> {
  const settings = stateSettings(config);
  if (settings === undefined) return undefined;
  const { address: redis, prefix, ca } = settings;
  // Loaded here: a gateway without Redis does not need it.
  const { openSharedRuns } = await import('../runs/redis/open-shared-runs.ts');
  return openSharedRuns({ redis, prefix, ca, process: name, clock, onProblem });
}

/** What runs are shared with. */
export interface ShareRunsOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** The gateway's own name, which is its id in Redis. */
  readonly name: string;
  readonly onProblem: (message: string) => void;
}
