import type { ActiveConfig } from '../config/active-config.ts';
import { viewOf } from '../config/view.ts';
import { toSummary } from '../domain/models.ts';
import type { OperatorServices } from '../router/operator-services.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from '../store/write-batches.ts';
import { createConfigChecks } from './config-checks.ts';
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
  const check = createConfigChecks(active);
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
