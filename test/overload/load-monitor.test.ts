import { expect, test } from 'vitest';
import { createLoadMonitor, type LevelChange } from '../../src/overload/load-monitor.ts';
import { lateClock } from '../helpers/late-clock.ts';

/** A monitor of a process that is busy. */
function rigged() {
  const clock = lateClock();
  const load = { heap: 0.1, busy: true, full: false };
  const changes: LevelChange[] = [];
  const monitor = createLoadMonitor({
    clock,
    heap: () => load.heap,
    isBusy: () => load.busy,
    isFull: () => load.full,
    onChange: (change) => changes.push(change),
  });
  monitor.began();
  const after = (ms: number): number => {
    clock.advance(ms);
    return monitor.level;
  };
  return { clock, load, changes, monitor, after };
}

test.each([
  ['no level begins at a mean delay of 50 ms', 50, 0.1, 0],
  ['level 1 begins above a mean delay of 50 ms', 51, 0.1, 1],
  ['level 1 lasts to a mean delay of 150 ms', 150, 0.1, 1],
  ['level 2 begins above a mean delay of 150 ms', 151, 0.1, 2],
  ['no level begins while 85 % of the heap are used', 0, 0.85, 0],
  ['level 2 begins when more than 85 % of the heap are used', 0, 0.86, 2],
])('%s', (_, late, heap, level) => {
  const { clock, load, after } = rigged();
  Object.assign(clock, { late });
  Object.assign(load, { heap });
  expect(after(3000)).toBe(level);
});

test('delays are averaged over a second, so that one pause of 600 ms is no overload and two seconds of delays are', () => {
  const { clock, after, changes } = rigged();
  after(500);
  clock.late = 600;
  after(20);
  clock.late = 0;
  expect(after(3000)).toBe(0);
  clock.late = 100;
  expect(after(2500)).toBe(1);
  expect(changes).toEqual([{ level: 1, previous: 0, loopDelayMs: 100, heap: 0.1 }]);
});

test('a level ends after 5 seconds below half of its thresholds, and one by one', () => {
  const { clock, after, changes } = rigged();
  clock.late = 200;
  expect(after(2000)).toBe(2);
  clock.late = 76;
  expect(after(20_000)).toBe(2);
  clock.late = 74;
  expect([after(3000), after(5000)]).toEqual([2, 1]);
  clock.late = 26;
  expect(after(20_000)).toBe(1);
  clock.late = 24;
  expect([after(3000), after(5000)]).toEqual([1, 0]);
  expect(changes.map(({ level }) => level)).toEqual([2, 1, 0]);
});

test('delays in between begin the 5 seconds anew', () => {
  const { clock, after } = rigged();
  clock.late = 100;
  after(2000);
  clock.late = 0;
  expect(after(4000)).toBe(1);
  clock.late = 40;
  after(2000);
  clock.late = 0;
  expect([after(4000), after(3000)]).toEqual([1, 0]);
});

test('the heap keeps its level until less than half of its threshold is used', () => {
  const { load, after } = rigged();
  load.heap = 0.9;
  expect(after(1500)).toBe(2);
  load.heap = 0.43;
  expect(after(20_000)).toBe(2);
  load.heap = 0.42;
  expect(after(6500)).toBe(0);
});

test('level 3 begins with the request that takes the last place and ends 5 seconds after the last one that did', () => {
  const { clock, load, after, monitor, changes } = rigged();
  after(700);
  load.full = true;
  monitor.began();
  expect([monitor.level, monitor.measured, monitor.fullSince]).toEqual([3, 0, clock.now()]);
  after(10_000);
  expect([monitor.level, monitor.fullSince]).toEqual([3, clock.now() - 10_000]);
  load.full = false;
  expect([after(4000), after(2500)]).toEqual([3, 0]);
  expect(monitor.fullSince).toBeUndefined();
  expect(changes.map(({ level, previous }) => [level, previous])).toEqual([
    [3, 0],
    [0, 3],
  ]);
});

test('below level 3 the measured level goes on, and shows again', () => {
  const { clock, load, after, monitor } = rigged();
  clock.late = 200;
  after(2000);
  load.full = true;
  monitor.began();
  expect([monitor.level, monitor.measured]).toEqual([3, 2]);
  load.full = false;
  expect([after(8000), monitor.measured]).toEqual([2, 2]);
});

test('an idle process measures nothing, unless a level has to end', () => {
  const { clock, load, after, monitor } = rigged();
  expect(clock.waiting()).toBe(1);
  load.busy = false;
  after(20);
  expect(clock.waiting()).toBe(0);
  // What was late while nothing was measured is no delay.
  after(60_000);
  load.busy = true;
  monitor.began();
  expect(after(3000)).toBe(0);
  clock.late = 100;
  expect(after(3000)).toBe(1);
  load.busy = false;
  clock.late = 0;
  expect([after(7000), clock.waiting()]).toEqual([0, 0]);
});

test('nothing is measured after the end', () => {
  const { clock, monitor } = rigged();
  monitor[Symbol.dispose]();
  monitor.began();
  expect(clock.waiting()).toBe(0);
});
