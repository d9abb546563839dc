import type { RecentMinute, RecentTimes, RecentUsage } from '../domain/recent-usage.ts';
import type { Requests } from '../domain/requests.ts';
import type { RequestScope } from '../domain/scope.ts';
import { dollarsOf } from '../domain/usage.ts';
import type { MinuteOfRequests, RecentRequests, TimesOfRequests } from '../observe/recent-requests.ts';

/** What is known of the requests of the last hour, and of those that run. */
export interface RecentTools {
  readonly recent: Pick<RecentRequests, 'of'>;
  readonly requests: Pick<Requests, 'list'>;
}

/** The last hour by minute, of this process: all requests of chains, or those of the principal's tenant. */
export function recentUsage(
  { recent, requests }: RecentTools,
  { principal }: Pick<RequestScope, 'principal'>,
): RecentUsage {
  const tenant = principal.tenant === '' ? undefined : principal.tenant;
  const known = recent.of(tenant);
  const running = requests
    .list()
    .filter(
      ({ report }) => report.chain !== undefined && (tenant ?? report.principal.tenant) === report.principal.tenant,
    );
  return {
    object: 'usage.recent',
    since: known === undefined ? null : Math.round(known.since),
    data: known === undefined ? null : known.minutes.map(describeMinute),
    total: known === undefined ? null : describeTimes(known.times),
    in_progress: running.length,
    streams_open: running.filter(({ report: { stream, committedAt } }) => stream && committedAt !== undefined).length,
  };
}

function describeMinute(minute: MinuteOfRequests): RecentMinute {
  return {
    minute: `${new Date(minute.startsAt).toISOString().slice(0, 16)}:00Z`,
    requests: minute.requests,
    failed: minute.failed,
    failovers: minute.failovers,
    streams: minute.streams,
    input_tokens: minute.inputTokens,
    output_tokens: minute.outputTokens,
    cost_usd: dollarsOf(minute.costNano),
    unknown: minute.unknownCost,
    ...describeTimes(minute),
  };
}

function describeTimes({ firstTokenMs, durationMs, overheadMs }: TimesOfRequests): RecentTimes {
  return { first_token_ms: firstTokenMs, duration_ms: durationMs, overhead_ms: overheadMs };
}
