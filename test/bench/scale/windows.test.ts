import { expect, test } from 'vitest';
import { boundAt, type BoundParts, type Hit, mostInWindow, WINDOW_MS, worstWindow } from './windows.ts';

const hitsAt = (times: readonly number[], life = 'a'): Hit[] => times.map((at) => ({ at, life }));
const lifeOf = (name: string, startedAt = -1e6, diedAt = Infinity) => ({ name, startedAt, diedAt });
const PARTS: BoundParts = { limit: 3, replicas: 3, outages: [], lives: [lifeOf('a'), lifeOf('b'), lifeOf('c')] };

test('the fullest window is found, also one that begins late', () => {
  const hits = hitsAt([0, 1, 2, WINDOW_MS + 0.5, WINDOW_MS + 0.6, 3 * WINDOW_MS]);
  expect(mostInWindow(hits, 0)).toBe(4);
  expect(mostInWindow(hits, 2)).toBe(3);
  expect(mostInWindow(hits, 3)).toBe(2);
});

test('without an outage the bound is the limit, also where a process was killed', () => {
  expect(worstWindow(hitsAt([0, 1, 2]), PARTS)).toEqual({ used: 3, bound: 3, at: 2 });
  expect(worstWindow(hitsAt([0, 1, 2, 3, WINDOW_MS + 2]), PARTS)).toEqual({ used: 4, bound: 3, at: 3 });
  expect(worstWindow(hitsAt([0, 1, 2, 3]), { ...PARTS, lives: [lifeOf('a', -1e6, 2)] })).toMatchObject({ bound: 3 });
});

test('an outage adds the share of one process for as long as it may be in a window', () => {
  const outages = [{ from: 0, to: 10, isForgetful: true }];
  expect(boundAt(20, new Map(), { ...PARTS, outages })).toBe(4);
  expect(boundAt(2 * WINDOW_MS, new Map(), { ...PARTS, outages })).toBe(3);
});

test('what a killed process had sent is added where Redis is lost at its end or empty later', () => {
  const dead = { ...PARTS, lives: [lifeOf('a', -1e6, 50)] };
  const sent = new Map([['a', 2]]);
  const at = (from: number, isForgetful: boolean) =>
    boundAt(30_000, sent, { ...dead, outages: [{ from, to: from + 10, isForgetful }] });
  expect([at(20_000, true), at(20_000, false), at(45, false), at(-20_000, true)]).toEqual([6, 4, 6, 4]);
});

test('a process that starts without Redis adds a share', () => {
  const outages = [{ from: 0, to: 10_000, isForgetful: false }];
  expect(boundAt(20_000, new Map(), { ...PARTS, outages, lives: [lifeOf('a', 5000)] })).toBe(5);
  expect(boundAt(20_000, new Map(), { ...PARTS, outages, lives: [lifeOf('a', 15_000)] })).toBe(4);
});
