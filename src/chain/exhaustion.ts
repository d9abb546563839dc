import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { isDaily } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Obstacle } from '../state/limit-state.ts';
import type { NoneLeft, Remaining } from './candidates.ts';
import type { Planned } from './plan/planned.ts';

/** Longest wait in `retry-after`, in seconds; a longer one is in `retry_at`. */
const LONGEST_RETRY_S = 60;
/** Assumed wait for an entry that failed without a cooldown, or that is at its concurrency limit; in milliseconds. */
const SOON_MS = 1000;

/** A waterfall that found no answer. */
export interface Exhaustion {
  readonly chain: Chain;
  readonly trail: readonly TrailStep[];
  readonly plan: readonly Planned[];
  /** The last failure of each target that was tried. */
  readonly failures: ReadonlyMap<Planned, Failure>;
  readonly remaining: readonly Remaining[];
  /** A disconnected client gets no such error. */
  readonly waited: Exclude<NoneLeft['waited'], 'cancelled'>;
}

/** A refusal of the request, in the provider's words. One that the provider reports as its own failure (5xx) is a 400. */
export function rejection({ reading, message }: Failure, trail: readonly TrailStep[]): GatewayError {
  const upstream = reading && { status: reading.status, error: reading.error };
  if (reading !== undefined && reading.status >= 500)
    return new GatewayError('invalid_request', {
      message,
      upstream: { status: 400, error: { ...reading.error, type: 'invalid_request_error' } },
      attempts: trail,
    });
  return new GatewayError('invalid_request', { message, upstream, attempts: trail });
}

/** The deadline has passed without an answer. */
export function deadlineExceeded({ chain, trail }: Pick<Exhaustion, 'chain' | 'trail'>): GatewayError {
  const message = `No entry of chain '${chain.name}' answered within ${chain.deadline} ms.`;
  return new GatewayError('deadline_exceeded', { message, attempts: trail });
}

/** Every entry failed or was skipped, and one of them may answer the same request later. `now` in milliseconds since the epoch. */
export function exhausted({ chain, trail, remaining, waited }: Exhaustion, now: number): GatewayError {
  const waits = remaining.map(({ obstacle }) => ({ ms: waitOf(obstacle, now), lasting: isLasting(obstacle) }));
  const earliest = waits.reduce((best, wait) => (wait.ms < best.ms ? wait : best), { ms: Infinity, lasting: true });
  const retryHelps = earliest.ms <= LONGEST_RETRY_S * 1000 && waits.some(({ lasting }) => !lasting);
  const queue = waited === undefined ? '' : QUEUE_RESULTS[waited];
  return new GatewayError('all_providers_exhausted', {
    message: `No entry of chain '${chain.name}' could answer${queue}: ${summaryOf(trail)}.`,
    attempts: trail,
    retryAfter: Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(earliest.ms / 1000))),
    ...(retryHelps
      ? {}
      : { shouldRetry: false, ...(Number.isFinite(earliest.ms) ? { retryAt: Math.round(now + earliest.ms) } : {}) }),
  });
}

const QUEUE_RESULTS: Readonly<Record<NonNullable<Exhaustion['waited']>, string>> = Object.freeze({
  full: ', and its queue is full',
  timed_out: ' within the maxWait of its queue',
});

/**
 * The refusal that goes back where each entry has refused the request, or cannot take such a request at all: the first refusal in the order
 * of the chain, or else the first entry that is unsuited. Undefined where some entry may still answer the request, or might with other
 * parameters of the configuration.
 */
export function refusalOf({ chain, trail, plan, failures, remaining }: Exhaustion): GatewayError | undefined {
  const byConfiguration = [...failures.values()].some((failure) => failure.byConfiguration === true);
  if (remaining.length > 0 || byConfiguration) return undefined;
  const isOf = (planned: Planned, kind: Failure['kind']): boolean => failures.get(planned)?.kind === kind;
  const inOrder = chain.entries.flatMap((entry) => plan.filter((planned) => planned.entry === entry));
  const first = inOrder.find((each) => isOf(each, 'refused')) ?? inOrder.find((each) => isOf(each, 'unsuited'));
  const failure = first && failures.get(first);
  if (failure !== undefined) return rejection(failure, trail);
  const refusal = inOrder[0]?.lack?.refusal;
  return new GatewayError('no_suitable_entry', {
    message: `No entry of chain '${chain.name}' can take this request: ${summaryOf(trail)}.`,
    upstream: refusal && { status: refusal.status, error: refusal.error },
    attempts: trail,
  });
}

/** Milliseconds until the target may be tried. */
function waitOf(obstacle: Obstacle | undefined, now: number): number {
  if (obstacle === undefined || !('retryAt' in obstacle) || obstacle.retryAt === undefined) return SOON_MS;
  return obstacle.retryAt - now;
}

/** Whether a short wait does not help. */
function isLasting(obstacle: Obstacle | undefined): boolean {
  if (obstacle?.kind === 'cooling_down') return obstacle.lasting;
  return (
    obstacle?.kind === 'too_large' ||
    (obstacle?.kind === 'limited' && obstacle.window !== 'concurrency' && isDaily(obstacle.window))
  );
}

function summaryOf(trail: readonly TrailStep[]): string {
  return trail
    .map(({ provider, model, outcome, message }) => {
      const reason = outcome === 'skipped' ? ` (${message?.replace(/\.$/, '')})` : '';
      return `${provider}/${model} ${outcome}${reason}`;
    })
    .join(', ');
}
