import type { ActiveConfig } from '../config/active-config.ts';
import { checkInProcess } from '../config/check-in-process.ts';
import { viewOf } from '../config/view.ts';
import type { ConfigCheck, ConfigCheckInput } from '../domain/config-view.ts';
import { GatewayError } from '../domain/errors.ts';
import { toSummary } from '../domain/models.ts';
import type { OperatorServices } from '../router/operator-services.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from '../store/write-batches.ts';
import { listAudit } from './list-audit.ts';
import { listProviders, type ProviderTools } from './list-providers.ts';
import { providerHealth } from './provider-health.ts';
import { type RecentTools, recentUsage } from './recent-minutes.ts';
import { requireNoTenant } from './require-no-tenant.ts';
import { sumUsage } from './sum-usage.ts';

/** What the services for operators are made of. */
export interface OperatorServicesOptions extends ProviderTools, RecentTools {
  readonly active: ActiveConfig;
  readonly store: Store;
  readonly batches: Batches;
}

/** Makes what the procedures for operators use. */
export function createOperatorServices(options: OperatorServicesOptions): OperatorServices {
  const { active, store } = options;
  const check = createConfigChecks();
  return {
    config(scope) {
      requireNoTenant(scope);
      const { config, snapshot, status } = active;
      return { object: 'config', ...toSummary(status), config: viewOf(config, snapshot.redact) };
    },
    async checkConfig(scope, input) {
      requireNoTenant(scope);
      return check(input, scope.signal);
    },
    providers: (scope) => listProviders(options, scope),
    providerHealth: (scope, input) => providerHealth(options, scope, input),
    usage: (scope, input) => sumUsage(options, scope, input),
    recentUsage: (scope) => recentUsage(options, scope),
    audit: (scope, input) => listAudit(store, scope, input),
  };
}

/** Most checks that run and wait. Each takes a processor for up to 5 seconds. */
const MOST_CHECKS = 8;

/** Makes the check of configurations, which runs one at a time. */
function createConfigChecks(): (input: ConfigCheckInput, signal: AbortSignal) => Promise<ConfigCheck> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async ({ text, format = 'yaml' }, signal) => {
    if (waiting >= MOST_CHECKS)
      throw new GatewayError('overloaded', { message: 'Too many configurations are being checked.', retryAfter: 5 });
    waiting++;
    try {
      const checked = last.then(() => checkInProcess({ text, format }, signal));
      last = checked;
      const problems = await checked;
      return {
        object: 'config.check',
        ok: problems.length === 0,
        problems: problems.map(({ path, message, nearest, line }) => ({
          path,
          message: nearest === undefined ? message : `${message}; did you mean '${nearest}'?`,
          ...(line === undefined ? {} : { line }),
        })),
      };
    } finally {
      waiting--;
    }
  };
}
