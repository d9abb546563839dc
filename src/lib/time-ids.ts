/** Bits of an id below its time: 10 for the process, 12 for its number within the millisecond. */
const BITS_BELOW_TIME = 22n;
const NUMBER_BITS = 12n;
const LAST_MS = 2 ** 41 - 1;
const MOST_NUMBER = 4095;
/** Processes whose number the store has given out have those below this one, at most so many at once. */
export const CLAIMED_REPLICAS = 512;

/** Prefix of an id as text. */
const PREFIX = 'r_';
/** Digits of an id as text, 5 bits each: so many that texts sort as their ids. */
const DIGITS = 13;
/** The form of an id as text. */
export const ID_TEXT = /^r_[0-7][0-9a-v]{12}$/;
const RADIX = 32;

/**
 * Makes a source of ids of 63 bits: milliseconds since the epoch, the number of the process among its replicas, and a number within the
 * millisecond. Each id is greater than the one before, whatever the time says. `replica`: 0 to 1023, read for each id. The bits of the time last
 * until September 2039.
 */
export function createTimeIds(replica: () => number): (at: number) => bigint {
  let last = 0;
  let number = 0;
  return (at) => {
    const ms = Math.floor(at);
    if (ms > last) {
      last = ms;
      number = 0;
    } else if (number < MOST_NUMBER) number++;
    else {
      last++;
      number = 0;
    }
    return (BigInt(last) << BITS_BELOW_TIME) | (BigInt(replica()) << NUMBER_BITS) | BigInt(number);
  };
}

/** The number of a process that has none of the store yet: a random one of those that are not given out. */
export function unclaimedReplica(random: () => number): number {
  return CLAIMED_REPLICAS + Math.floor(random() * CLAIMED_REPLICAS);
}

/** The least id of a time, in milliseconds since the epoch; of a time that ids do not reach, that of the last one. */
export function firstIdAt(ms: number): bigint {
  return BigInt(Math.min(Math.max(0, Math.floor(ms)), LAST_MS)) << BITS_BELOW_TIME;
}

/** The time of an id, in milliseconds since the epoch. */
export function timeOfId(id: bigint): number {
  return Number(id >> BITS_BELOW_TIME);
}

/** An id as the API shows it: `r_` and 13 digits of base 32 (RFC 4648, extended hex). Texts sort as their ids. */
export function idText(id: bigint): string {
  return PREFIX + id.toString(RADIX).padStart(DIGITS, '0');
}

/** The id of a text; undefined for a text that is none. */
export function parseIdText(text: string): bigint | undefined {
  if (!ID_TEXT.test(text)) return undefined;
  let id = 0n;
  for (const digit of text.slice(PREFIX.length)) id = (id << 5n) | BigInt(Number.parseInt(digit, RADIX));
  return id;
}
