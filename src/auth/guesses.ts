import { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import { networkOf } from '../lib/address.ts';
import { putNewest } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';

/**
 * Slows down clients that guess keys. An address that sends more than 30 unknown keys within a minute is blocked for a minute: its unknown keys are
 * refused with `too_many_failures`, and its known ones still pass. An IPv6 address counts with all of its /64.
 */
export interface Guesses extends Disposable {
  /** Counts unknown keys that were sent from an address. Throws `too_many_failures` while the address is blocked. */
  refused(address: string | undefined, keys: number): void;
  /** Whether an address is blocked. */
  isBlocked(address: string | undefined): boolean;
}

/** What guesses are counted with. */
export interface GuessesOptions {
  readonly clock: Clock;
  /** Gets one `keys_refused` for each block, at its end. */
  readonly emit: Emit;
}

/** Most unknown keys of an address within a minute. */
const MAX_REFUSED = 30;
const MINUTE_MS = 60_000;
/** Most addresses of which refused keys are remembered. The one that has been quiet for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Stands for the address of a socket that is closed already. */
const UNKNOWN = 'unknown';

/** What is known of an address. */
interface Suspect {
  /** When its keys of the last minute were refused, in milliseconds since the epoch. */
  times: readonly number[];
  block: Block | undefined;
}

interface Block {
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  readonly timer: Disposable;
  /** Keys refused in it, and in the minute before. */
  keys: number;
}

/** Makes an empty count. Disposing it ends all blocks. */
export function createGuesses({ clock, emit }: GuessesOptions): Guesses {
  const suspects = new Map<string, Suspect>();

  function forget(network: string, { block }: Suspect): void {
    suspects.delete(network);
    if (block === undefined) return;
    block.timer[Symbol.dispose]();
    emit({ kind: 'keys_refused', network, keys: block.keys });
  }

  function remember(network: string, suspect: Suspect): void {
    putNewest(suspects, [network, suspect], MAX_ADDRESSES);
    if (suspects.size <= MAX_ADDRESSES) return;
    for (const oldest of suspects) return forget(...oldest);
  }

  function refused(address: string | undefined, keys: number): void {
    const now = clock.now();
    const network = networkOf(address ?? UNKNOWN);
    const suspect = suspects.get(network) ?? { times: [], block: undefined };
    if (suspect.block === undefined) {
      const recent = suspect.times.filter((time) => now - time < MINUTE_MS);
      suspect.times = [...recent, ...Array.from({ length: keys }, () => now)];
      const many = suspect.times.length;
      if (many > MAX_REFUSED) {
        const timer = clock.timer(MINUTE_MS, () => forget(network, suspect));
        suspect.block = { endsAt: now + MINUTE_MS, timer, keys: many };
      }
    } else suspect.block.keys += keys;
    remember(network, suspect);
    if (suspect.block !== undefined) throw tooManyFailures(suspect.block.endsAt - now);
  }

  return {
    refused,
    isBlocked: (address) => suspects.size > 0 && suspects.get(networkOf(address ?? UNKNOWN))?.block !== undefined,
    [Symbol.dispose]() {
      for (const each of suspects) forget(...each);
    },
  };
}

function tooManyFailures(ms: number): GatewayError {
  const retryAfter = Math.max(1, Math.ceil(ms / 1000));
  const message = `Too many unknown API keys came from this address; try again in ${retryAfter} s, or send a known key.`;
  return new GatewayError('too_many_failures', { message, retryAfter, shouldRetry: false });
}
