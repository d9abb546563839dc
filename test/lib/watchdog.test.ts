import { expect, test } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { startWatchdog } from '../../src/lib/watchdog.ts';
import { fakeClock } from '../helpers/clock.ts';

/** A clock whose timers fire late, as after a stall of the process during which arriving bytes stay unread. */
function stalled(): { readonly clock: Clock; stall: (ms: number) => void; advance: (ms: number) => void } {
  const clock = fakeClock();
  let late = 0;
  return {
    clock: { now: () => clock.now() + late, timer: (ms, callback) => clock.timer(ms, callback) },
    stall: (ms) => void (late += ms),
    advance: (ms) => clock.advance(ms),
  };
}

test('LC-10 after a stall of the process the watchdog lets arrived bytes be read before it fires', () => {
  const { clock, stall, advance } = stalled();
  let timeouts = 0;
  const watchdog = startWatchdog(clock, 1000, () => timeouts++);
  stall(2000);
  advance(1000);
  expect(timeouts).toBe(0);
  watchdog.feed();
  advance(999);
  expect(timeouts).toBe(0);
  advance(1);
  expect(timeouts).toBe(1);
});

test('after a stall in which nothing arrived the watchdog fires a moment later', () => {
  const { clock, stall, advance } = stalled();
  let timeouts = 0;
  startWatchdog(clock, 1000, () => timeouts++);
  stall(2000);
  advance(1000);
  expect(timeouts).toBe(0);
  advance(100);
  expect(timeouts).toBe(1);
});
