const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Where a number is: after its minus, its zero, a digit, the point, a digit of the fraction, the `e`, its sign, a digit of the exponent. */
const [AFTER_MINUS, AFTER_ZERO, IN_DIGITS, AFTER_POINT, IN_FRACTION, AFTER_E, AFTER_SIGN, IN_EXPONENT] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;
const COMPLETE: ReadonlySet<number> = new Set([AFTER_ZERO, IN_DIGITS, IN_FRACTION, IN_EXPONENT]);

/** The state of a number in JSON after its first byte; undefined where no number begins with it. */
export function numberState(first: number): number | undefined {
  if (first === MINUS) return AFTER_MINUS;
  if (first < ZERO || first > NINE) return undefined;
  return first === ZERO ? AFTER_ZERO : IN_DIGITS;
}

/** The state of a number after one more byte; undefined where the byte is no part of it. */
export function afterByte(state: number, byte: number): number | undefined {
  if (byte >= ZERO && byte <= NINE) {
    if (state === IN_DIGITS || state === IN_FRACTION || state === IN_EXPONENT) return state;
    if (state === AFTER_MINUS) return byte === ZERO ? AFTER_ZERO : IN_DIGITS;
    if (state === AFTER_POINT) return IN_FRACTION;
    return state === AFTER_ZERO ? undefined : IN_EXPONENT;
  }
  const isWhole = state === AFTER_ZERO || state === IN_DIGITS;
  if (byte === POINT) return isWhole ? AFTER_POINT : undefined;
  if (byte === 0x65 || byte === 0x45) return isWhole || state === IN_FRACTION ? AFTER_E : undefined;
  return (byte === 0x2b || byte === MINUS) && state === AFTER_E ? AFTER_SIGN : undefined;
}

/** Whether a number may end in a state. */
export function isCompleteNumber(state: number): boolean {
  return COMPLETE.has(state);
}
