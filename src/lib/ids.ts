import { randomFillSync, randomUUID } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';

/** Makes identifiers; injected so that tests can predict them. */
export type NewId = () => string;

/** A random name of one gateway among others, `spillway-` and 12 hexadecimal digits. */
export function newGatewayName(): string {
  return `spillway-${randomUUID().slice(-12)}`;
}

/** Random digits of one id: 80 bits, so that ids of one millisecond do not collide, not even across gateways. */
const RANDOM_DIGITS = 20;
/** Random digits are drawn for so many ids at once. */
const IDS_PER_DRAW = 256;
/** Hexadecimal digits of the time: enough until the year 10889. */
const TIME_DIGITS = 12;

/**
 * Makes a source of request ids: `req_` and 32 hexadecimal digits. The first 12 digits are the milliseconds since the epoch, so that an
 * index over ids only grows at its end; the others are random. `fill` fills a buffer with random bytes; a cryptographic source unless
 * given.
 */
export function createNewRequestId(clock: Clock, fill: (bytes: Buffer) => unknown = randomFillSync): NewId {
  const newDigits = createRandomHex(RANDOM_DIGITS, fill);
  return () => {
    const time = Math.floor(clock.now()).toString(16).padStart(TIME_DIGITS, '0');
    return `req_${time}${newDigits()}`;
  };
}

/** Makes a source of random texts of `digits` hexadecimal digits, an even number. `fill` as above. Many are drawn at once, because each draw is slow. */
export function createRandomHex(digits: number, fill: (bytes: Buffer) => unknown = randomFillSync): NewId {
  const bytes = Buffer.alloc((IDS_PER_DRAW * digits) / 2);
  let drawn = '';
  let used = 0;
  return () => {
    if (used === drawn.length) {
      fill(bytes);
      drawn = bytes.toString('hex');
      used = 0;
    }
    return drawn.slice(used, (used += digits));
  };
}

/**
 * Makes ids for replies that no gateway has seen: malformed HTTP, preflights and refused connections. One for the process, because
 * the code that writes them has no gateway at hand; ids are unique whichever source makes them.
 */
export const newRequestId: NewId = createNewRequestId(systemClock);
