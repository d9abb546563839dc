import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

/** How long is listened to a caller who has had his last answer, in milliseconds. */
const LINGER_MS = 5000;

/**
 * Closes a connection whose last answer is written while its caller may still send. Our half ends at once, and what comes is thrown
 * away for a while: to close all of it would be a reset, which takes the answer from who has not read it yet.
 */
export function linger(socket: Duplex, clock: Clock): void {
  socket.end();
  const timer = clock.timer(LINGER_MS, () => void socket.destroy());
  socket.once('close', () => timer[Symbol.dispose]());
}
