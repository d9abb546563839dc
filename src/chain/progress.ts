import type { Chain } from '../domain/chain.ts';
import type { ProgressEvent } from '../domain/events.ts';
import type { Progress } from '../domain/progress.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Planned } from './plan/planned.ts';
import type { QueuePlace } from './queue/waiter.ts';

/** Where the progress of requests is reported. */
export interface ProgressTools {
  readonly progress: Progress;
}

/** A request, and the chain that serves it. */
export interface ServedRequest {
  readonly scope: RequestScope;
  readonly chain: Chain;
}

/** An attempt of a request. */
export interface NumberedAttempt {
  readonly planned: Planned;
  /** Counts the request's attempts from 1, in the order of their starts. */
  readonly n: number;
  /** Whether it is sent beside another one. */
  readonly hedge: boolean;
}

/** Whether something listens to a request: to it alone, or to all of them. Every event of this file is made only then. */
export function isWatched({ progress }: ProgressTools, { report }: RequestScope): boolean {
  return progress.listening || report.onProgress !== undefined;
}

/** Delivers an event to those that listen to its request. */
export function publish({ progress }: ProgressTools, { report }: RequestScope, event: ProgressEvent): void {
  report.onProgress?.(event);
  if (progress.listening) progress.publish(event);
}

/** Reports that the chain of a request is known, to its trace too. */
export function reportStarted(tools: ProgressTools, scope: RequestScope, chain: Chain): void {
  scope.report.trace?.routed({ name: chain.name, commit: scope.options.commit ?? chain.commit });
  if (!isWatched(tools, scope)) return;
  const { acceptedAt, door, principal, report } = scope;
  publish(tools, scope, {
    kind: 'request_started',
    ...factsOf({ scope, chain }),
    acceptedAt,
    door,
    operation: report.operation,
    stream: report.stream,
    requestedModel: report.requestedModel,
    principal: principal.name,
    keyId: principal.id,
  });
}

/** Reports that a request waits in its chain's queue. */
export function reportQueued(tools: ProgressTools, request: ServedRequest, place: QueuePlace): void {
  publish(tools, request.scope, { kind: 'request_queued', ...factsOf(request), ...place });
}

/** Counts an attempt that begins, reports it, and returns its number. */
export function beginAttempt(
  tools: ProgressTools,
  request: ServedRequest,
  { planned, hedge }: Omit<NumberedAttempt, 'n'>,
): number {
  const { scope } = request;
  const n = ++scope.report.attempts;
  if (!isWatched(tools, scope)) return n;
  const { provider, model } = planned.entry;
  publish(tools, scope, {
    kind: 'attempt_started',
    ...factsOf(request),
    n,
    provider,
    model,
    key: planned.target.keyNumber,
    hedge,
  });
  return n;
}

/** Reports that an attempt's answer is final, `at` in milliseconds since the epoch. */
export function reportCommit(
  tools: ProgressTools,
  request: ServedRequest,
  { planned, n, endedAt: at }: NumberedAttempt & { readonly endedAt: number },
): void {
  const { scope } = request;
  if (!isWatched(tools, scope)) return;
  const { provider, model } = planned.entry;
  const afterMs = at - scope.acceptedAt;
  publish(tools, scope, { kind: 'committed', ...factsOf(request), n, provider, model, afterMs });
}

/** What every event says of its request. */
export function factsOf({
  scope,
  chain,
}: ServedRequest): Pick<ProgressEvent, 'requestId' | 'clientRequestId' | 'chain' | 'tenant'> {
  const { id, clientRequestId, principal } = scope;
  return { requestId: id, clientRequestId, chain: chain.name, tenant: principal.tenant };
}
