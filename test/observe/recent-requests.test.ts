import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RequestFinished } from '../../src/domain/events.ts';
import type { TrailStep } from '../../src/domain/trail.ts';
import { createRecentRequests, type RecentRequests } from '../../src/observe/recent-requests.ts';
import { createUsageSums } from '../../src/observe/usage-sums.ts';
import {
  addSums,
  DURATION_AT,
  DURATION_BOUNDS,
  FIRST_TOKEN_AT,
  FIRST_TOKEN_BOUNDS,
  HOUR_TOTALS,
  timesOf,
} from '../../src/store/usage-hours.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { finishedEvent } from '../helpers/finished.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Half a minute into the first minute of an hour. */
const START = 500_000 * HOUR + 30_000;

interface Rig {
  readonly clock: FakeClock;
  readonly recent: RecentRequests;
  /** A request that ends now. */
  readonly end: (event?: Partial<RequestFinished>) => void;
}

function startRig(): Rig {
  const clock = fakeClock(START);
  const recent = createRecentRequests(clock);
  const end = (event: Partial<RequestFinished> = {}): void => {
    const { totalMs = 5 } = event;
    recent.listen(finishedEvent({ acceptedAt: clock.now() - totalMs, totalMs, ...event }));
  };
  return { clock, recent, end };
}

/** The number of requests of each minute. */
const requestsOf = ({ recent }: Rig, tenant?: string): number[] | undefined =>
  recent.of(tenant)?.minutes.map(({ requests }) => requests);

const FAILED: TrailStep = { provider: 'a', model: 'm', outcome: 'throttled' };
const ANSWERED: TrailStep = { provider: 'b', model: 'm', outcome: 'answered' };

test('requests are counted by the minute of their end, from the start of the process up to the present minute', () => {
  const rig = startRig();
  expect(rig.recent.of(undefined)).toMatchObject({
    since: START,
    minutes: [{ startsAt: START - 30_000, requests: 0 }],
  });
  rig.end();
  rig.end({ totalMs: 20_000 });
  rig.clock.advance(2 * MINUTE);
  rig.end({ totalMs: 100_000 });
  expect(requestsOf(rig)).toEqual([2, 0, 1]);
});

test('an hour is kept, and a minute that is used again has nothing of the one before', () => {
  const rig = startRig();
  rig.end();
  rig.clock.advance(59 * MINUTE);
  expect(requestsOf(rig)).toEqual([1, ...Array.from({ length: 59 }, () => 0)]);
  rig.clock.advance(MINUTE);
  expect(requestsOf(rig)).toEqual(Array.from({ length: 60 }, () => 0));
  rig.end();
  // One that ended an hour ago is in none of the minutes.
  rig.recent.listen(finishedEvent({ acceptedAt: START, totalMs: 5 }));
  expect(requestsOf(rig)).toEqual([...Array.from({ length: 59 }, () => 0), 1]);
  rig.clock.advance(1000 * HOUR);
  expect(requestsOf(rig)?.reduce((sum, each) => sum + each)).toBe(0);
});

test('a minute has what its requests used, cost and took, and how they ended', () => {
  const { recent, end } = startRig();
  const usage = { input: 100, output: 20, source: 'provider' as const };
  const cost = { nano: 1_000_000_007, source: 'table' as const, approximate: false };
  const times = { totalMs: 100, committedMs: 40, overheadMs: 0.25 };
  end({ stream: true, usage, cost, trail: [FAILED, ANSWERED], ...times });
  end({ code: 'upstream_error', status: 502, cost: { ...cost, nano: null }, trail: [FAILED], totalMs: 900 });
  end({ code: 'client_closed', status: 499, usage: { input: undefined, output: 2e12, source: 'estimated' } });
  end({ chain: undefined, code: 'model_not_found', status: 404 });
  expect(recent.of(undefined)?.minutes).toEqual([
    {
      startsAt: START - 30_000,
      requests: 3,
      failed: 1,
      failovers: 1,
      streams: 1,
      inputTokens: 100,
      outputTokens: 20 + 1e9,
      costNano: 1_000_000_007,
      unknownCost: 1,
      firstTokenMs: { p50: 25, p95: 48 },
      durationMs: { p50: 75, p95: 925 },
      overheadMs: { p50: 0.175, p95: 0.243 },
    },
  ]);
});

test('the times of all minutes are those of their requests, and not of their percentiles', () => {
  const rig = startRig();
  for (let n = 0; n < 9; n++) rig.end({ totalMs: 100 });
  rig.clock.advance(MINUTE);
  rig.end({ totalMs: 5000, stream: true, committedMs: 40, overheadMs: 0.25 });
  const { minutes, times } = rig.recent.of(undefined) ?? {};
  expect(minutes?.map(({ durationMs }) => durationMs?.p50)).toEqual([75, 3750]);
  expect(times).toEqual({
    firstTokenMs: minutes?.[1]?.firstTokenMs,
    durationMs: { p50: 78, p95: 3750 },
    overheadMs: minutes?.[1]?.overheadMs,
  });
  // What has left the hour is in its times no more.
  rig.clock.advance(60 * MINUTE);
  expect(rig.recent.of(undefined)?.times).toEqual({ firstTokenMs: null, durationMs: null, overheadMs: null });
});

test('a minute without requests has no times', () => {
  const { recent } = startRig();
  expect(recent.of(undefined)?.minutes).toMatchObject([{ firstTokenMs: null, durationMs: null, overheadMs: null }]);
});

test('a tenant has its own requests, and one without any has zeros', () => {
  const rig = startRig();
  rig.end({ tenant: 'acme' });
  rig.end({ tenant: 'acme' });
  rig.end({ tenant: '' });
  expect([requestsOf(rig), requestsOf(rig, 'acme'), requestsOf(rig, 'other')]).toEqual([[3], [2], [0]]);
});

test('beyond 200 tenants of one hour another one is not counted, and says so until an hour after its last request', () => {
  const rig = startRig();
  for (let n = 0; n < 200; n++) rig.end({ tenant: `t${n}` });
  rig.clock.advance(30 * MINUTE);
  for (let n = 1; n < 200; n++) rig.end({ tenant: `t${n}` });
  expect(requestsOf(rig, 'late')).toHaveLength(31);
  rig.end({ tenant: 'late' });
  expect([requestsOf(rig, 'late'), requestsOf(rig, 'never-seen')]).toEqual([undefined, undefined]);
  expect(requestsOf(rig, 't0')?.[0]).toBe(1);
  // The first tenant was idle for an hour. Earlier requests of the new one were not counted: its minutes begin now.
  rig.clock.advance(30 * MINUTE);
  rig.end({ tenant: 'late' });
  expect(rig.recent.of('late')).toMatchObject({ since: rig.clock.now(), minutes: [{ requests: 1 }] });
  expect(requestsOf(rig, 't0')).toBeUndefined();
  expect(requestsOf(rig)?.reduce((sum, each) => sum + each)).toBe(201);
  rig.clock.advance(30 * MINUTE);
  expect(requestsOf(rig, 't0')).toEqual(Array.from({ length: 60 }, () => 0));
  expect(rig.recent.of('t0')?.since).toBe(START);
});

test('the minutes of an hour agree with its sums', () => {
  const chances = fc.record({
    afterMs: fc.nat(90_000),
    stream: fc.boolean(),
    code: fc.constantFrom('ok', 'client_closed', 'upstream_error'),
    tokens: fc.option(fc.nat(1_000_000), { nil: undefined }),
    nano: fc.option(fc.nat(1_000_000_000)),
    trail: fc.constantFrom([ANSWERED], [FAILED, ANSWERED], [FAILED], []),
    totalMs: fc.nat(20_000),
    committedMs: fc.option(fc.nat(10_000), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(chances, { maxLength: 30 }), (requests) => {
      const rig = startRig();
      let hour: readonly number[] = Array.from({ length: DURATION_AT + 14 }, () => 0);
      const { listener } = createUsageSums(
        { add: ({ hours = [] }) => void (hour = hours.map(({ sums }) => sums).reduce(addSums, hour)) },
        new Map(),
      );
      const listen = listener(() => false);
      for (const { afterMs, tokens, nano, ...parts } of requests) {
        rig.clock.advance(afterMs);
        const event = finishedEvent({
          ...parts,
          acceptedAt: rig.clock.now() - parts.totalMs,
          usage: tokens === undefined ? undefined : { input: tokens, output: tokens, source: 'provider' },
          cost: { nano, source: 'table', approximate: false },
        });
        rig.recent.listen(event);
        listen(event);
      }
      const minutes = rig.recent.of(undefined)?.minutes ?? [];
      const total = (of: (minute: (typeof minutes)[number]) => number): number =>
        minutes.reduce((sum, minute) => sum + of(minute), 0);
      const sumOf = (name: (typeof HOUR_TOTALS)[number]): number | undefined => hour[HOUR_TOTALS.indexOf(name)];
      expect({
        requests: total((each) => each.requests),
        streams: total((each) => each.streams),
        failovers: total((each) => each.failovers),
        input: total((each) => each.inputTokens),
        output: total((each) => each.outputTokens),
        nano: total((each) => each.costNano),
        unknown: total((each) => each.unknownCost),
      }).toEqual({
        requests: sumOf('requests'),
        streams: sumOf('streams'),
        failovers: sumOf('failovers'),
        input: sumOf('input_tokens'),
        output: sumOf('output_tokens'),
        nano: sumOf('cost_nano'),
        unknown: sumOf('unknown_cost'),
      });
      if (minutes.length > 1) return;
      expect(minutes[0]).toMatchObject({
        firstTokenMs: timesOf(hour.slice(FIRST_TOKEN_AT, DURATION_AT), FIRST_TOKEN_BOUNDS),
        durationMs: timesOf(hour.slice(DURATION_AT), DURATION_BOUNDS),
      });
    }),
    { numRuns: 100 },
  );
});
