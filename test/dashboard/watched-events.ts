import type {
  LimitStatus,
  WatchedAttemptFinished,
  WatchedAttemptStarted,
  WatchedLimit,
  WatchedRequestFinished,
  WatchedRequestStarted,
  WatchedStep,
} from 'spillway/client';
import { type LiveRequest, NOTHING_LIVE } from '../../dashboard/live/live-snapshot.ts';
import { LiveState } from '../../dashboard/live/live-state.ts';

const FACTS = {
  client_request_id: null,
  chain: 'default',
  tenant: null,
  accepted_at: 1000,
  door: 'rest',
  operation: 'chat.completions.create',
  stream: false,
  requested_model: 'default',
  principal: 'local',
  key_id: 'local',
} as const;

const OF_REQUEST = { client_request_id: null, chain: 'default', tenant: null } as const;

/** A request begins. */
export function started(id: string, facts: Partial<WatchedRequestStarted> = {}): WatchedRequestStarted {
  return { kind: 'request_started', request_id: id, ...FACTS, ...facts };
}

/** An attempt at `provider/model`. */
export function attempting(id: string, n: number, entry: string): WatchedAttemptStarted {
  return { kind: 'attempt_started', request_id: id, ...OF_REQUEST, n, ...named(entry), hedge: false };
}

/** Its outcome. */
export function attempted(id: string, n: number, step: WatchedStep): WatchedAttemptFinished {
  return { kind: 'attempt_finished', request_id: id, ...OF_REQUEST, n, ...step };
}

/** A request ends, with its trail. */
export function finished(
  id: string,
  trail: readonly WatchedStep[],
  facts: Partial<WatchedRequestFinished> = {},
): WatchedRequestFinished {
  const answered = trail.find(({ outcome }) => outcome === 'answered');
  return {
    kind: 'request_finished',
    request_id: id,
    ...FACTS,
    provider: answered?.provider ?? null,
    model: answered?.model ?? null,
    status: answered === undefined ? 503 : 200,
    code: answered === undefined ? 'all_providers_exhausted' : 'ok',
    attempts: trail.length,
    trail,
    usage: null,
    cost_usd: null,
    committed_ms: null,
    total_ms: 500,
    ...facts,
  };
}

/** A step of a trail. */
export function step(entry: string, outcome: WatchedStep['outcome'], more: Partial<WatchedStep> = {}): WatchedStep {
  return {
    ...named(entry),
    outcome,
    reason: null,
    hedge: false,
    status: null,
    started_ms: 0,
    connected_ms: 1,
    duration_ms: 10,
    usage: null,
    cost_usd: null,
    ...more,
  };
}

/** A row of limits. */
export function limitRow(entry: string, more: Partial<LimitStatus> = {}): LimitStatus {
  const { key, ...names } = named(entry);
  return {
    id: entry,
    object: 'limit',
    ...names,
    key,
    state: 'ready',
    reason: null,
    retry_at: null,
    windows: [],
    running: 0,
    concurrency: null,
    concurrency_source: null,
    first_token_ms: null,
    retries_refused: 0,
    ...more,
  };
}

/** The event that brings it. */
export function limit(entry: string, more: Partial<LimitStatus> = {}): WatchedLimit {
  return { kind: 'limit', limit: limitRow(entry, more) };
}

/** A request that has ended at `at`, by the browser's clock, as the live state has it. */
export function endedRequest(
  id: string,
  trail: readonly WatchedStep[],
  { at = 5000, ...facts }: Partial<WatchedRequestFinished> & { readonly at?: number } = {},
): LiveRequest {
  const state = new LiveState();
  state.apply(finished(id, trail, facts), at);
  const [request] = state.snapshot('live', NOTHING_LIVE).ended;
  if (request === undefined) throw new Error('The request has not ended.');
  return request;
}

function named(entry: string): { readonly provider: string; readonly model: string; readonly key: number | null } {
  const [, provider = '', model = '', key] = /^([^/]*)\/([^#]*)(?:#(\d+))?$/.exec(entry) ?? [];
  return { provider, model, key: key === undefined ? null : Number(key) };
}
