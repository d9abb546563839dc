import { expect, test } from 'vitest';
import { createGuesses, type Guesses } from '../../src/auth/guesses.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { GatewayEvent } from '../../src/domain/events.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';

function createCount(): { clock: FakeClock; events: GatewayEvent[]; guesses: Guesses } {
  const clock = fakeClock();
  const events: GatewayEvent[] = [];
  return { clock, events, guesses: createGuesses({ clock, emit: (event) => void events.push(event) }) };
}

/** The error of refusing keys of an address; undefined while the address is not blocked. */
function refuse(guesses: Guesses, address: string | undefined, keys = 1): GatewayError | undefined {
  try {
    guesses.refused(address, keys);
    return undefined;
  } catch (thrown) {
    return GatewayError.from(thrown);
  }
}

const ADDRESS = '203.0.113.7';

/** Refuses keys of an address one by one. Returns how many were refused before the first error. */
function refuseUntilBlocked(guesses: Guesses, address: string): number {
  for (let keys = 0; keys < 1000; keys++) if (refuse(guesses, address) !== undefined) return keys;
  return Infinity;
}

test('30 unknown keys a minute are refused as such; further ones are too many for a minute, and one event counts them', () => {
  const { clock, events, guesses } = createCount();
  expect(refuseUntilBlocked(guesses, ADDRESS)).toBe(30);
  expect(guesses.isBlocked(ADDRESS)).toBe(true);
  clock.advance(15_500);
  const error = refuse(guesses, ADDRESS, 4);
  expect([error?.code, error?.status, error?.details.retryAfter, error?.details.shouldRetry]).toEqual([
    'too_many_failures',
    429,
    45,
    false,
  ]);
  clock.advance(44_499);
  expect(refuse(guesses, ADDRESS)?.details.retryAfter).toBe(1);
  expect(events).toEqual([]);
  clock.advance(1);
  expect(events).toEqual([{ kind: 'keys_refused', network: ADDRESS, keys: 36 }]);
  expect([guesses.isBlocked(ADDRESS), clock.waiting()]).toEqual([false, 0]);
  expect(refuseUntilBlocked(guesses, ADDRESS)).toBe(30);
});

test('only the keys of the last minute count, wherever that minute begins', () => {
  const { clock, guesses } = createCount();
  for (let n = 0; n < 500; n++) {
    expect(refuse(guesses, ADDRESS)).toBeUndefined();
    clock.advance(2000);
  }
  clock.advance(60_000);
  expect(refuse(guesses, ADDRESS, 15)).toBeUndefined();
  clock.advance(59_999);
  expect(refuse(guesses, ADDRESS, 15)).toBeUndefined();
  expect(refuse(guesses, ADDRESS)?.code).toBe('too_many_failures');
});

test('several keys of one request count each', () => {
  const { guesses } = createCount();
  for (let n = 0; n < 7; n++) expect(refuse(guesses, ADDRESS, 4)).toBeUndefined();
  expect(refuse(guesses, ADDRESS, 4)?.code).toBe('too_many_failures');
});

test.each([
  ['203.0.113.8', false],
  ['::ffff:203.0.113.7', true],
  ['::ffff:cb00:7107', true],
  ['2001:db8::1', false],
  [undefined, false],
])('while 203.0.113.7 is blocked, %s is too: %s', (other, blocked) => {
  const { guesses } = createCount();
  refuseUntilBlocked(guesses, ADDRESS);
  expect([guesses.isBlocked(other), refuse(guesses, other) !== undefined]).toEqual([blocked, blocked]);
});

test.each([
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['2001:DB8:1:2::', true],
  ['2001:db8:1:3::1', false],
  ['2001:db8:0:2::1', false],
])('while 2001:db8:1:2::1 is blocked, %s is too: %s', (other, blocked) => {
  const { clock, events, guesses } = createCount();
  refuseUntilBlocked(guesses, '2001:db8:1:2::1');
  expect([guesses.isBlocked(other), refuse(guesses, other) !== undefined]).toEqual([blocked, blocked]);
  clock.advance(60_000);
  expect(events).toMatchObject([{ network: '2001:db8:1:2::/64', keys: blocked ? 32 : 31 }]);
});

const addressOf = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

test('10,000 addresses are remembered, and the one that has been quiet for longest is forgotten, with its block', () => {
  const { clock, events, guesses } = createCount();
  for (const blocked of [ADDRESS, addressOf(0)]) refuseUntilBlocked(guesses, blocked);
  for (let n = 1; n < 9_999; n++) refuse(guesses, addressOf(n));
  // It guesses on, so it is not the oldest.
  expect(refuse(guesses, ADDRESS)?.code).toBe('too_many_failures');
  expect([guesses.isBlocked(addressOf(0)), clock.waiting(), events]).toEqual([true, 2, []]);
  refuse(guesses, addressOf(9_999));
  expect([guesses.isBlocked(ADDRESS), guesses.isBlocked(addressOf(0)), clock.waiting()]).toEqual([true, false, 1]);
  expect(events).toEqual([{ kind: 'keys_refused', network: addressOf(0), keys: 31 }]);
});

test('disposing reports the blocks that have not ended, and leaves no timer', () => {
  const { clock, events, guesses } = createCount();
  refuseUntilBlocked(guesses, ADDRESS);
  refuse(guesses, '203.0.113.8');
  guesses[Symbol.dispose]();
  expect(events).toEqual([{ kind: 'keys_refused', network: ADDRESS, keys: 31 }]);
  expect([clock.waiting(), guesses.isBlocked(ADDRESS)]).toEqual([0, false]);
});
