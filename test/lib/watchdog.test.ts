import { expect, test } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { startWatchdog } from '../../src/lib/watchdog.ts';
import { fakeClock } from '../helpers/clock.ts';

/** A clock whose timers fire late: the process stood still, and what came for it lies unread. */
function stalled(): { readonly clock: Clock; stall: (ms: number) => void; advance: (ms: number) => void } {
  const clock = fakeClock();
  let late = 0;
  return {
    clock: { now: () => clock.now() + late, timer: (ms, callback) => clock.timer(ms, callback) },
    stall: (ms) => void (late += ms),
    advance: (ms) => clock.advance(ms),
  };
}

test('LC-10 after a stall of the process it lets be read what came meanwhile before it barks', () => {
  const { clock, stall, advance } = stalled();
  let barks = 0;
  const dog = startWatchdog(clock, 1000, () => barks++);
  stall(2000);
  advance(1000);
  expect(barks).toBe(0);
  dog.feed();
  advance(999);
  expect(barks).toBe(0);
  advance(1);
  expect(barks).toBe(1);
});

test('where nothing came it barks all the same, a moment later', () => {
  const { clock, stall, advance } = stalled();
  let barks = 0;
  startWatchdog(clock, 1000, () => barks++);
  stall(2000);
  advance(1000);
  expect(barks).toBe(0);
  advance(100);
  expect(barks).toBe(1);
});
