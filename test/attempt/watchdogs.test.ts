import { expect, test } from 'vitest';
import { type AttemptWatchdogs, startWatchdogs } from '../../src/attempt/watchdogs.ts';
import type { Timeouts } from '../../src/domain/chain.ts';
import { fakeClock } from '../helpers/clock.ts';

const TIMEOUTS: Timeouts = {
  connect: 5000,
  headers: undefined,
  firstToken: undefined,
  streamStart: 300_000,
  idle: 60_000,
  total: 600_000,
};

interface Case {
  readonly stream: boolean;
  readonly timeouts?: Partial<Timeouts>;
  readonly steps: (watchdogs: AttemptWatchdogs) => void;
}

/** The timeout that fires, and when, in milliseconds after the dispatch. */
function firstTimeout({ stream, timeouts, steps }: Case): [string, number] {
  const clock = fakeClock(0);
  const fired: [string, number][] = [];
  const watchdogs = startWatchdogs({
    clock,
    timeouts: { ...TIMEOUTS, ...timeouts },
    stream,
    commitWithin: Infinity,
    onTimeout: (code) => fired.push([code, clock.now()]),
  });
  watchdogs.started();
  steps(watchdogs);
  clock.advance(1_000_000);
  return fired[0] ?? ['none', 0];
}

const coldStart = { withOthers: 1, alone: 1 };

test.each<[string, Case, [string, number]]>([
  [
    'a stream whose head came may be silent until its first token is late',
    { stream: true, steps: (each) => each.head() },
    ['first_token_timeout', 300_000],
  ],
  [
    'a stream may not stall after its first data',
    {
      stream: true,
      steps: (each) => {
        each.head();
        each.data();
      },
    },
    ['idle_timeout', 60_000],
  ],
  [
    'a stream that its head commits may not stall',
    {
      stream: true,
      steps: (each) => {
        each.head();
        each.committed();
      },
    },
    ['idle_timeout', 60_000],
  ],
  [
    'a JSON answer may not stall after its head',
    { stream: false, steps: (each) => each.head() },
    ['idle_timeout', 60_000],
  ],
  [
    'a JSON answer of a server that may load its model may',
    { stream: false, timeouts: { coldStart, firstToken: 120_000 }, steps: (each) => each.head() },
    ['first_token_timeout', 120_000],
  ],
  [
    'its body may not stall',
    {
      stream: false,
      timeouts: { coldStart },
      steps: (each) => {
        each.head();
        each.data();
      },
    },
    ['idle_timeout', 60_000],
  ],
  [
    'a paused reader stops the idle timeout',
    {
      stream: true,
      steps: (each) => {
        each.head();
        each.committed();
        each.readerPaused();
        each.data();
      },
    },
    ['total_timeout', 600_000],
  ],
])('%s', (_, own, expected) => {
  expect(firstTimeout(own)).toEqual(expected);
});
