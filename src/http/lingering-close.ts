import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

/** How long a connection is read after its last answer, in milliseconds. */
const LINGER_MS = 5000;

/**
 * Closes a connection whose last answer is written while its client may still send. The gateway's half ends at once, and received bytes are
 * discarded for a while: closing both halves would be a reset, which destroys an answer that the client has not read yet.
 */
export function lingeringClose(socket: Duplex, clock: Clock): void {
  socket.end();
  const timer = clock.timer(LINGER_MS, () => void socket.destroy());
  socket.once('close', () => timer[Symbol.dispose]());
}
