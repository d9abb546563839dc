import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Failure } from '../domain/outcome.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { Cooldowns } from '../limits/cooldowns.ts';

/** Longest wait that a caller is told, in seconds; what takes longer is said by `retry_at`. */
const LONGEST_RETRY_S = 60;

/** The error of a walk that found no answer. */
export interface Walked {
  readonly chain: Chain;
  readonly trail: readonly TrailStep[];
  /** The last failure of each entry that was tried. */
  readonly failures: readonly Failure[];
  readonly skipped: number;
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
export function exhausted(walked: Walked, cooldowns: Cooldowns, now: number): GatewayError {
  const { chain, trail, failures, skipped } = walked;
  const [first] = failures;
  if (first !== undefined && skipped === 0 && failures.every(({ kind }) => kind === 'unsuited'))
    return rejection(first, trail);
  const waits = chain.entries.map(({ targets }) => {
    const cooldown = cooldowns.check(targets[0], now);
    // An entry that failed without a cooldown may be asked again at once.
    return { ms: cooldown === undefined ? 1000 : cooldown.until - now, lasting: cooldown?.lasting ?? false };
  });
  const earliest = waits.reduce((best, wait) => (wait.ms < best.ms ? wait : best), { ms: Infinity, lasting: true });
  const helps = earliest.ms <= LONGEST_RETRY_S * 1000 && waits.some(({ lasting }) => !lasting);
  return new GatewayError('all_providers_exhausted', {
    message: `No entry of chain '${chain.name}' could answer: ${summary(trail)}.`,
    attempts: trail,
    retryAfter: Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(earliest.ms / 1000))),
    ...(helps ? {} : { shouldRetry: false, retryAt: Math.round(now + earliest.ms) }),
  });
}

function summary(trail: readonly TrailStep[]): string {
  return trail.map(({ provider, model, outcome }) => `${provider}/${model} ${outcome}`).join(', ');
}
