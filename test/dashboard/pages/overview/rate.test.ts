import { expect, test } from 'vitest';
import { rateOf, rateOfMinutes } from '../../../../dashboard/pages/overview/rate.ts';

const second = (at: number, requests: number) => ({ second: at, requests, failed: 0, failovers: 0 });

test('the rate is that of the last 30 whole seconds', () => {
  const seconds = [second(50, 100), second(71, 20), second(99, 40), second(100, 1000)];
  expect(rateOf(seconds, 100)).toBe(2);
});

test('before the page has seen 30 seconds there is none', () => {
  expect(rateOf([], 100)).toBeUndefined();
  expect(rateOf([second(71, 5)], 100)).toBeUndefined();
});

test('until then it is that of the last whole minute, or since the start of the gateway', () => {
  const minutes = [{ requests: 60 }, { requests: 120 }, { requests: 1 }];
  expect(rateOfMinutes(minutes, 0, 1000)).toBe(2);
  expect(rateOfMinutes([{ requests: 12 }], 995_000, 1001)).toBe(2);
  // A clock of the browser that is behind the gateway's.
  expect(rateOfMinutes([{ requests: 12 }], 995_000, 990)).toBe(12);
  expect(rateOfMinutes([], 0, 1000)).toBeUndefined();
});
