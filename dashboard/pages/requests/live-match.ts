import type { LiveRequest } from '../../live/live-snapshot.ts';
import type { RequestsSearch } from './search.ts';

/** Whether a request in progress belongs to the list. One whose filters cannot be known before its end does not. */
export function matchesRunning(search: RequestsSearch, { chain, started, seenAt }: LiveRequest): boolean {
  if (isBefore(search, started?.accepted_at ?? seenAt)) return false;
  const { provider, model, outcome, code, failed, status, attempts_min, ms_min, cost_min, user, tag } = search;
  const unknown = [provider, model, outcome, code, failed, status, attempts_min, ms_min, cost_min, user, tag];
  if (unknown.some((filter) => filter !== undefined)) return false;
  return (
    is(search.chain, chain) &&
    is(search.key, started?.key_id) &&
    is(search.tenant, started?.tenant ?? undefined) &&
    is(search.operation, started?.operation) &&
    is(search.stream, started?.stream)
  );
}

/** Whether a request that has just ended belongs to the list. Events have neither user nor tags: such lists are read anew. */
export function matchesEnded(search: RequestsSearch, { finished }: LiveRequest): boolean {
  if (finished === null || search.user !== undefined || search.tag !== undefined) return false;
  if (isBefore(search, finished.accepted_at + finished.total_ms)) return false;
  const { outcome, attempts_min: attempts = 0, ms_min: ms = 0, cost_min: cost } = search;
  return (
    is(search.chain, finished.chain) &&
    is(search.key, finished.key_id) &&
    is(search.tenant, finished.tenant ?? undefined) &&
    is(search.operation, finished.operation) &&
    is(search.stream, finished.stream) &&
    is(search.provider, finished.provider ?? undefined) &&
    is(search.model, finished.model ?? undefined) &&
    is(search.code, finished.code) &&
    is(search.failed, finished.code !== 'ok') &&
    is(search.status?.[0], String(finished.status)[0]) &&
    (outcome === undefined || finished.trail.some((step) => step.outcome === outcome)) &&
    finished.attempts >= attempts &&
    finished.total_ms >= ms &&
    (cost === undefined || (finished.cost_usd !== null && finished.cost_usd >= cost))
  );
}

/** Whether something happened before the list begins. */
function isBefore({ from }: RequestsSearch, at: number): boolean {
  return from !== undefined && at < Date.parse(from);
}

function is<Value>(wanted: Value | undefined, value: Value | undefined): boolean {
  return wanted === undefined || wanted === value;
}
