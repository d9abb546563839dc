import manifest from '../../package.json' with { type: 'json' };
import type { WaterfallTools } from '../chain/tools.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { listRoutes } from '../config/resolve.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { LimitStatus } from '../domain/limit-list.ts';
import type { Requests } from '../domain/requests.ts';
import type { RequestScope } from '../domain/scope.ts';
import { createOverview } from '../limits/overview.ts';
import type { Services } from '../router/services.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { onEnd } from '../sse/on-end.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What the services of a gateway are made of. */
export interface ServicesOptions {
  readonly tools: WaterfallTools;
  readonly active: ActiveConfig;
  readonly requests: Pick<Requests, 'subscriptionsOf'>;
  readonly lifecycle: Pick<Lifecycle, 'draining'>;
}

/** Makes the one object that the procedures of a gateway use. */
export function createServices({ tools, active, requests, lifecycle }: ServicesOptions): Services {
  const overview = createOverview(tools);

  function watchLimits(scope: RequestScope): EventStream<LimitStatus> {
    const rows = fromIterable(
      overview.watch(() => listRoutes(active.snapshot, scope.principal), scope.signal),
      (error) => scope.fail(error),
    );
    return onEnd(rows, (end) => scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code }));
  }

  return {
    version: manifest.version,
    ready: () => !lifecycle.draining,
    configuration: () => active.status,
    entryStatus: (entry) => overview.entry(entry),
    contextTokens: (target) => target.capabilities.contextTokens ?? tools.prices.contextTokensOf(target),
    limits: (scope) => overview.rows(listRoutes(scope.snapshot, scope.principal)),
    subscriptionsOf: (id) => requests.subscriptionsOf(id),
    watchLimits,
  };
}
