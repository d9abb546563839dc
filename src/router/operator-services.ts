import type { AuditInput, AuditList } from '../domain/audit-list.ts';
import type { ConfigCheck, ConfigCheckInput, ConfigView } from '../domain/config-view.ts';
import type { ProviderHealth, ProviderHealthInput } from '../domain/provider-health.ts';
import type { ProviderStatus } from '../domain/provider-list.ts';
import type { RecentUsage } from '../domain/recent-usage.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { UsageInput, UsageSummary } from '../domain/usage-summary.ts';

/** What the procedures for operators use. Each shows only what the principal of the scope may see. */
export interface OperatorServices {
  /** The configuration that is served, without its secrets. Throws `forbidden` for a principal with a tenant. */
  config(scope: RequestScope): ConfigView;
  /** Checks a configuration and applies nothing. Rejects with `forbidden` as above, and with `overloaded` where too many checks wait. */
  checkConfig(scope: RequestScope, input: ConfigCheckInput): Promise<ConfigCheck>;
  /** How each model of the principal's chains works, by key. */
  providers(scope: RequestScope): readonly ProviderStatus[];
  /** What became of attempts, by hour. Rejects as `usage`. */
  providerHealth(scope: RequestScope, input: ProviderHealthInput): Promise<ProviderHealth>;
  /** Sums of usage. Rejects with `invalid_request` for a wrong range, or `store_unavailable`. */
  usage(scope: RequestScope, input: UsageInput): Promise<UsageSummary>;
  /** The last hour by minute, of this process. */
  recentUsage(scope: RequestScope): RecentUsage;
  /** A page of the audit trail. Rejects with `store_unavailable`. */
  audit(scope: RequestScope, input: AuditInput): Promise<AuditList>;
}
