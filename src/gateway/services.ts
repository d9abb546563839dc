import manifest from '../../package.json' with { type: 'json' };
import type { Accounts } from '../accounts/accounts.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Guesses } from '../auth/guesses.ts';
import type { KeyReplica } from '../auth/key-replica.ts';
import type { WaterfallTools } from '../chain/tools.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { listRoutes } from '../config/resolve.ts';
import type { Requests } from '../domain/requests.ts';
import type { RequestScope } from '../domain/scope.ts';
import { createOverview } from '../limits/overview.ts';
import type { AttemptStats } from '../observe/attempt-stats.ts';
import type { RecentRequests } from '../observe/recent-requests.ts';
import { watchEvents } from '../observe/watch/watch-events.ts';
import type { Services } from '../router/services.ts';
import { readEvents, type RunEvents } from '../runs/run-readings.ts';
import type { KeptResponses } from '../runs/kept-responses.ts';
import type { FoundRun } from '../runs/found-run.ts';
import type { Runs } from '../runs/runs.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from '../store/write-batches.ts';
import { createOperatorServices } from './operator-services.ts';
import { createResponseServices } from './response-services.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { OpenedRequestLog } from './open-request-log.ts';
import { createRequestServices } from './request-services.ts';
import { createSessionServices } from './session-services.ts';
import { subscription } from './subscription.ts';
import { createWatchOf } from './watch-of.ts';

/** What the services of a gateway are made of. */
export interface ServicesOptions {
  readonly tools: WaterfallTools;
  readonly active: ActiveConfig;
  readonly requests: Pick<Requests, 'list' | 'subscriptionsOf'>;
  readonly lifecycle: Pick<Lifecycle, 'draining' | 'ready'>;
  readonly runs: Runs;
  readonly responses: KeptResponses;
  readonly store: Store;
  readonly batches: Batches;
  readonly requestLog: Pick<OpenedRequestLog, 'log' | 'bodies'>;
  readonly stats: AttemptStats;
  readonly recent: RecentRequests;
  readonly accounts: Accounts;
  readonly replica: Pick<KeyReplica, 'isLoaded' | 'isFailing' | 'session'>;
  readonly sessions: Sessions;
  readonly guesses: Guesses;
}

/** Makes the one object that the procedures of a gateway use. */
export function createServices(options: ServicesOptions): Services {
  const { tools, active, requests, lifecycle, runs, responses, store, accounts, replica, requestLog } = options;
  const overview = createOverview(tools);
  const watchOf = createWatchOf(active, overview);

  async function findRun({ principal, report }: RequestScope, id: string): Promise<FoundRun> {
    const run = await runs.find(id, principal);
    report.run = run.reported;
    return run;
  }

  return {
    version: manifest.version,
    responses: createResponseServices({ runs, responses }),
    operators: createOperatorServices({ ...tools, ...options, overview }),
    accounts,
    sessions: createSessionServices({ ...options, version: manifest.version, clock: tools.clock }),
    requests: createRequestServices({ store, ...requestLog, clock: tools.clock }),
    // Without a key of the file every client is refused until the store was read.
    ready: () => lifecycle.ready && (replica.isLoaded || active.snapshot.keys.length > 0),
    configuration: () => active.status,
    entryStatus: (entry) => overview.entry(entry),
    contextTokens: (target) => target.capabilities.contextTokens ?? tools.prices.contextTokensOf(target),
    limits: (scope) => overview.rows(listRoutes(scope.snapshot, scope.principal)),
    subscriptionsOf: (id) => requests.subscriptionsOf(id),
    async run(scope, id) {
      return (await findRun(scope, id)).showAnswer(scope.signal);
    },
    async cancelRun(scope, id) {
      return (await (await findRun(scope, id)).cancel()).show();
    },
    async readRun(scope, { runId, ...from }) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the events' form is the door's; the type is that of tRPC's
      return (await readEvents(await findRun(scope, runId), scope, from)) as AsyncIterable<RunEvents>;
    },
    watchLimits: (scope) =>
      subscription(
        scope,
        overview.watch(() => listRoutes(active.snapshot, scope.principal), scope.signal),
      ),
    watchEvents: (scope, input) => subscription(scope, watchEvents(tools, watchOf(scope, input))),
  };
}
