import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { isDaily } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Obstacle } from '../state/limit-state.ts';
import type { Planned } from './plan/planned.ts';
import type { Nobody, Turns } from './candidates.ts';

/** Longest wait that a caller is told, in seconds; what takes longer is said by `retry_at`. */
const LONGEST_RETRY_S = 60;
/** An entry that failed without a cooldown, or that waits for others to end, may be asked again after so long. */
const SOON_MS = 1000;

/** A walk that found no answer. */
export interface Walked {
  readonly chain: Chain;
  readonly trail: readonly TrailStep[];
  readonly plan: readonly Planned[];
  /** The last failure of each that was tried. */
  readonly failures: ReadonlyMap<Planned, Failure>;
  readonly standing: ReturnType<Turns['standing']>;
  /** Who has left is told nothing. */
  readonly waited: Exclude<Nobody['waited'], 'gone'>;
}

/** The caller's own mistake, as the vendor put it. */
export function rejection(failure: Failure, trail: readonly TrailStep[]): GatewayError {
  const upstream =
    failure.reading === undefined ? undefined : { status: failure.reading.status, error: failure.reading.error };
  return new GatewayError('invalid_request', { message: failure.message, upstream, attempts: trail });
}

/** No time is left and nobody answered. */
export function deadlineExceeded({ chain, trail }: Pick<Walked, 'chain' | 'trail'>): GatewayError {
  const message = `No entry of chain '${chain.name}' answered within ${chain.deadline} ms.`;
  return new GatewayError('deadline_exceeded', { message, attempts: trail });
}

/** Every entry failed or was skipped. If none of them could take this request, the first one's words go back. */
export function exhausted(walked: Walked, now: number): GatewayError {
  const { chain, trail, standing, waited } = walked;
  const unsuited = noneSuits(walked);
  if (unsuited !== undefined) return unsuited;
  const waits = standing.map(({ obstacle }) => ({ ms: waitOf(obstacle, now), lasting: isLasting(obstacle) }));
  const earliest = waits.reduce((best, wait) => (wait.ms < best.ms ? wait : best), { ms: Infinity, lasting: true });
  const helps = earliest.ms <= LONGEST_RETRY_S * 1000 && waits.some(({ lasting }) => !lasting);
  const queue = waited === undefined ? '' : WAITED[waited];
  return new GatewayError('all_providers_exhausted', {
    message: `No entry of chain '${chain.name}' could answer${queue}: ${summary(trail)}.`,
    attempts: trail,
    retryAfter: Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(earliest.ms / 1000))),
    ...(helps
      ? {}
      : { shouldRetry: false, ...(Number.isFinite(earliest.ms) ? { retryAt: Math.round(now + earliest.ms) } : {}) }),
  });
}

const WAITED: Readonly<Record<NonNullable<Walked['waited']>, string>> = Object.freeze({
  full: ', and its queue is full',
  late: ' within the wait of its queue',
});

/** The words of the first entry, where each failed or was left out because it cannot take such a request at all. */
function noneSuits({ chain, trail, plan, failures }: Walked): GatewayError | undefined {
  const unsuited = (planned: Planned): boolean => failures.get(planned)?.kind === 'unsuited';
  const suits = chain.entries.some((entry) => {
    const targets = plan.filter((planned) => planned.entry === entry);
    return !targets.some(unsuited) && !targets.every(({ state }) => state === 'skip');
  });
  if (suits) return undefined;
  const keys = plan.filter(({ entry }) => entry === chain.entries[0]);
  const first = keys.find(unsuited) ?? keys[0];
  const failure = first && failures.get(first);
  if (failure?.kind === 'unsuited') return rejection(failure, trail);
  const refusal = first?.lack?.refusal;
  return new GatewayError('no_suitable_entry', {
    message: `No entry of chain '${chain.name}' takes such a request: ${summary(trail)}.`,
    upstream: refusal && { status: refusal.status, error: refusal.error },
    attempts: trail,
  });
}

/** How long until it may be asked, in milliseconds. */
function waitOf(obstacle: Obstacle | undefined, now: number): number {
  if (obstacle === undefined || !('retryAt' in obstacle) || obstacle.retryAt === undefined) return SOON_MS;
  return obstacle.retryAt - now;
}

/** Whether waiting a little does not help. */
function isLasting(obstacle: Obstacle | undefined): boolean {
  if (obstacle?.kind === 'cooling_down') return obstacle.lasting;
  return (
    obstacle?.kind === 'too_large' ||
    (obstacle?.kind === 'limited' && obstacle.window !== 'concurrency' && isDaily(obstacle.window))
  );
}

function summary(trail: readonly TrailStep[]): string {
  return trail
    .map(
      ({ provider, model, outcome, message }) =>
        `${provider}/${model} ${outcome === 'skipped' ? `skipped (${message})` : outcome}`,
    )
    .join(', ');
}
