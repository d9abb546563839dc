import { expect, test } from 'vitest';
import type { GatewayError } from '../../src/domain/errors.ts';
import { INTERNAL, LOCAL, type Principal } from '../../src/domain/principal.ts';
import { createPlaces } from '../../src/overload/places.ts';
import { cpuTime } from '../helpers/cpu-time.ts';
import { principalOf } from '../helpers/principal.ts';

/** Places of a process at a level. */
function rigged(most: number, at = 0) {
  const load = { level: at, random: 0 };
  let takes = 0;
  const places = createPlaces({
    most,
    measured: () => load.level,
    onTake: () => void takes++,
    random: () => load.random,
  });
  const refusalOf = (principal: Principal): GatewayError | undefined => {
    try {
      places.take(principal);
      return undefined;
    } catch (thrown) {
      return thrown as GatewayError;
    }
  };
  return { load, places, refusalOf, takes: () => takes };
}

const ONE = principalOf('one');
const OTHER = principalOf('other');
const LOW = principalOf('low', { priority: 'low' });

test('a request beyond the places is refused at once, and one that ends makes room for the next', () => {
  const { places, refusalOf, takes } = rigged(2);
  const [first] = [places.take(ONE), places.take(OTHER)];
  expect(refusalOf(ONE)).toMatchObject({ code: 'overloaded', status: 503, details: { retryAfter: 1 } });
  expect([places.used, places.most, takes()]).toEqual([2, 2, 3]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(places.used).toBe(1);
  expect([refusalOf(ONE), refusalOf(ONE)?.code]).toEqual([undefined, 'overloaded']);
  expect(places.refused).toEqual({ max_requests: 2, priority: 0, share: 0 });
});

test('a refused request is to return in 1 to 5 seconds, by chance', () => {
  const { places, load, refusalOf } = rigged(1);
  places.take(ONE);
  const waits = [0, 0.19, 0.2, 0.5, 0.999].map((random) => {
    load.random = random;
    return refusalOf(ONE)?.details.retryAfter;
  });
  expect(waits).toEqual([1, 1, 2, 3, 5]);
});

test('calls in process take a place each, and are not refused', () => {
  const { places, refusalOf } = rigged(1);
  const [one, another] = [places.count(INTERNAL), places.count(INTERNAL)];
  expect([places.used, refusalOf(ONE)?.code]).toEqual([2, 'overloaded']);
  one[Symbol.dispose]();
  expect(refusalOf(ONE)?.code).toBe('overloaded');
  another[Symbol.dispose]();
  expect(refusalOf(ONE)).toBeUndefined();
});

test('keys of low priority are refused from level 2 on, and not before', () => {
  const { load, places, refusalOf } = rigged(10, 1);
  expect(refusalOf(LOW)).toBeUndefined();
  load.level = 2;
  expect([refusalOf(LOW)?.code, refusalOf(ONE)]).toEqual(['overloaded', undefined]);
  expect(places.refused).toEqual({ max_requests: 0, priority: 1, share: 0 });
});

test('from level 2 on no principal gets more than half of the places', () => {
  const { load, places, refusalOf } = rigged(5);
  const held = [places.take(ONE), places.take(ONE), places.take(ONE)];
  load.level = 2;
  expect([refusalOf(ONE)?.code, refusalOf(OTHER)]).toEqual(['overloaded', undefined]);
  expect(places.refused.share).toBe(1);
  held[0]?.[Symbol.dispose]();
  expect(refusalOf(ONE)?.code).toBe('overloaded');
  held[1]?.[Symbol.dispose]();
  expect([refusalOf(ONE), places.used]).toEqual([undefined, 3]);
});

test('the only principal of a gateway without keys gets all places at every level, and one place is for anyone', () => {
  for (const principal of [LOCAL, INTERNAL]) {
    const { refusalOf } = rigged(3, 2);
    expect([1, 2, 3, 4].map(() => refusalOf(principal)?.code)).toEqual([undefined, undefined, undefined, 'overloaded']);
  }
  expect(rigged(1, 2).refusalOf(ONE)).toBeUndefined();
});

test('a refusal takes far less than 100 microseconds', () => {
  const { places, refusalOf } = rigged(1);
  places.take(ONE);
  for (let n = 0; n < 1000; n++) refusalOf(ONE);
  const before = cpuTime();
  for (let n = 0; n < 1000; n++) refusalOf(ONE);
  expect(cpuTime() - before).toBeLessThan(50);
});
