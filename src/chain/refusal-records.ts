import { type Failure, FAILS_OVER } from '../domain/outcome.ts';
import type { RefusedRequest } from '../limits/refused-requests.ts';
import type { Planned } from './plan/planned.ts';
import type { ChainRequest, WaterfallTools } from './tools.ts';

/** The tools that know which clients and which entries refusals concern. */
type RecordTools = Pick<WaterfallTools, 'refusedRequests' | 'refusingEntries' | 'emit' | 'clock'>;

/** The last failure of each target that a request was sent to. */
type Failures = ReadonlyMap<Planned, Failure>;

/** Whether the next entry is tried after a failure. */
export function failsOver(tools: RecordTools, request: ChainRequest, failure: Failure): boolean {
  const { chain } = request;
  if (failure.reading?.class === 'content_filter') return chain.onContentFilter === 'next';
  if (failure.kind !== 'refused') return FAILS_OVER[failure.kind];
  const { refusedRequests, clock } = tools;
  return chain.onRefused === 'next' && !refusedRequests.stopsAtFirst(refusedRequestOf(request), clock.now());
}

/** Records which entries refused what this target has answered. */
export function recordAnswered(
  tools: RecordTools,
  request: ChainRequest,
  { answeredBy, failures }: { readonly answeredBy: Planned; readonly failures: Failures },
): void {
  const { refusedRequests, refusingEntries, emit, clock } = tools;
  refusedRequests.recordAnswered(refusedRequestOf(request));
  refusingEntries.recordAnswered(answeredBy.target);
  for (const [{ entry, target }, { kind, status }] of failures) {
    if (kind !== 'refused') continue;
    const requests = refusingEntries.recordRefused(target, clock.now());
    const { provider, model } = entry;
    if (requests !== undefined) emit({ kind: 'entry_refusing', provider, model, requests, status });
  }
}

/** Records a request that no entry answered; `refused`: because of refusals only. */
export function recordUnanswered(
  { refusedRequests, clock }: RecordTools,
  request: ChainRequest,
  { refused, failures }: { readonly refused: boolean; readonly failures: Failures },
): void {
  const byRefusal = refused && [...failures.values()].some(({ kind }) => kind === 'refused');
  if (byRefusal) refusedRequests.recordRefused(refusedRequestOf(request), clock.now());
  else refusedRequests.recordFailed(refusedRequestOf(request));
}

function refusedRequestOf({ chain, scope }: ChainRequest): RefusedRequest {
  return { principal: scope.principal.id, chain: chain.name };
}
