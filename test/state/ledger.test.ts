import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Limits, type Observation, PLAIN_RULES, type WindowName } from '../../src/domain/limits.ts';
import type { Candidate, Hold, Take } from '../../src/state/limit-state.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';
import { createVendor, rulesOf, type VendorWindow } from './vendor.ts';

/** One request: how long after the one before it, what it takes, and what becomes of it. */
interface Arrival {
  readonly gap: number;
  readonly tokens: number;
  /** What is estimated, as a share of what it takes. */
  readonly estimate: number;
  /** On the way to the vendor, back, and until its end. */
  readonly there: number;
  readonly back: number;
  readonly rest: number;
  readonly end: 'settled' | 'unknown usage' | 'aborted' | 'never settled';
}

interface World {
  readonly windows: readonly VendorWindow[];
  readonly start: number;
  readonly behind: number;
  readonly headers: boolean;
  /** Whether the limits are known in advance. */
  readonly known: boolean;
  readonly arrivals: readonly Arrival[];
}

interface Run {
  /** When those were sent that the vendor refused. */
  readonly refusals: readonly number[];
  /** When the first reply came that told of limits. */
  readonly firstReply: number;
  /** Those that the ledger held back though the vendor had had room for longer than the slack. */
  readonly strict: readonly string[];
}

const SETTLED = 'settled' as const;
const LEASE = 30_000;
const LATENCY = 6000;

function run({ windows, start, behind, headers, known, arrivals }: World): Run {
  const clock = fakeClock(start);
  const state = createMemoryState(clock);
  const limits: Limits = Object.fromEntries(known ? windows.map(({ name, limit }) => [name, limit]) : []);
  const target = targetOf({ limits, rules: { ...PLAIN_RULES, ...rulesOf(windows) } });
  const vendor = createVendor(windows, behind);
  const refusals: number[] = [];
  const strict: string[] = [];
  let firstReply = Infinity;
  const running = new Set<Arrival>();
  /** What ran together at most. */
  const most = new Map<WindowName, number>();

  function send(arrival: Arrival, hold: Hold): void {
    const { there, back, rest, tokens, end } = arrival;
    const sent = clock.now();
    let told: readonly Observation[] = [];
    running.add(arrival);
    for (const { name } of windows) most.set(name, Math.max(most.get(name) ?? 0, runningOf(name)));
    const settle = (taken: number | undefined): void => {
      hold.settle('neither', taken);
      hold.settle('failed', 1e9);
      running.delete(arrival);
      look();
    };
    clock.timer(there, () => {
      const reply = vendor.ask(tokens, clock.now());
      if (headers) told = reply.told;
      if (!reply.served) refusals.push(sent);
    });
    if (end === 'never settled') return void clock.timer(LEASE, () => running.delete(arrival));
    if (end === 'aborted') return void clock.timer(there + 1, () => settle(undefined));
    clock.timer(there + back, () => {
      firstReply = Math.min(firstReply, clock.now());
      hold.replied(told);
    });
    clock.timer(there + back + rest, () => settle(end === 'settled' ? tokens : undefined));
  }

  function look(): void {
    const { windows: seen, concurrency } = state.status(target);
    expect(concurrency.running).toBe(running.size);
    for (const { used } of seen) expect(used).toBeGreaterThanOrEqual(0);
  }

  /** The room that the vendor had for longer than a step and the latency, were all that runs counted already. */
  function roomOf({ name, way, limit }: VendorWindow): number {
    const span = name.endsWith('Day') ? 86_400_000 : 60_000;
    // Of a bucket only whole requests and tokens are told.
    const step = { sliding: span / 60, bucket: span / limit, fixed: 1000, UTC: 1000, 'America/Los_Angeles': 1000 }[way];
    const mine = runningOf(name);
    // Replies that overtake each other, or that were under way while something came back, may count as much as ran together
    // twice, until the next one tells.
    // A bucket that tells nothing comes back from when the vendor counted, and ours from when it was over: parts of a few tokens.
    const twice = headers ? (most.get(name) ?? 0) : way === 'bucket' ? 3 : 0;
    return limit - vendor.used(name, clock.now() - step, LATENCY + behind) - mine - twice;
  }

  function runningOf(name: WindowName): number {
    return [...running].reduce((sum, each) => sum + (name.startsWith('tokens') ? booked(each) : 1), 0);
  }

  for (const arrival of arrivals) {
    clock.advance(arrival.gap);
    const candidate: Candidate = { target, tokens: booked(arrival), lease: LEASE };
    const { hold, obstacles } = taken(state.take([candidate]));
    if (hold !== undefined) send(arrival, hold);
    const [obstacle] = obstacles;
    if (obstacle?.kind === 'limited' && windows.every((window) => roomOf(window) >= amountOf(window, candidate)))
      strict.push(`${obstacle.window} at ${clock.now() - start}`);
    look();
  }

  clock.advance(LEASE + LATENCY);
  look();
  // A bucket of a day that is as far below its bottom as it may be takes three of them.
  clock.advance(4 * 86_400_000);
  const end = state.status(target);
  expect(end.concurrency.running).toBe(0);
  expect(end.windows.map(({ used, resetAt }) => [used, resetAt])).toEqual(end.windows.map(() => [0, undefined]));
  expect(state.lasting()).toEqual({ cooldowns: [], windows: [] });
  return { refusals, firstReply, strict };
}

function booked({ tokens, estimate }: Arrival): number {
  return Math.ceil(tokens * estimate);
}

function amountOf({ name, limit }: VendorWindow, { tokens }: Candidate): number {
  return name.startsWith('tokens') ? Math.min(limit, tokens) : 1;
}

function taken(take: Take | Promise<Take>): Take {
  if (take instanceof Promise) throw new TypeError('in memory nothing is waited for');
  return take;
}

const latency = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: LATENCY / 3 }));
const end = fc.oneof(
  { weight: 8, arbitrary: fc.constant('settled' as const) },
  { weight: 2, arbitrary: fc.constantFrom('unknown usage' as const, 'aborted' as const, 'never settled' as const) },
);

/** Bursts, a trickle, pauses, and leaps of the clock. */
function arrivalsOf(scale: number, estimate: fc.Arbitrary<number>): fc.Arbitrary<readonly Arrival[]> {
  const gap = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 3000 * scale }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 30_000 * scale }) },
    { weight: 1, arbitrary: fc.integer({ min: 30_000 * scale, max: 100_000 * scale }) },
  );
  const tokens = fc.integer({ min: 1, max: 30 });
  const arrival = fc.record({ gap, tokens, estimate, there: latency, back: latency, rest: latency, end });
  return fc.array(arrival, { minLength: 1, maxLength: 80, size: 'max' });
}

const MINUTE_WAYS = ['sliding', 'bucket', 'fixed'] as const;
const DAY_WAYS = ['sliding', 'UTC', 'America/Los_Angeles'] as const;

/** Days on which clocks are changed in Los Angeles among them. */
const start = fc.constantFrom('2026-03-08T06:30:00Z', '2026-11-01T05:00:00Z', '2026-06-30T23:59:30Z').map(Date.parse);
const behind = fc.constantFrom(0, 0, 400, 900);

const windows: fc.Arbitrary<readonly VendorWindow[]> = fc
  .record({
    minute: fc.constantFrom(...MINUTE_WAYS),
    day: fc.constantFrom(...DAY_WAYS),
    rpm: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    tpm: fc.option(fc.integer({ min: 40, max: 200 }), { nil: undefined }),
    rpd: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  })
  .map(({ minute, day, rpm, tpm, rpd }) => [
    ...(rpm === undefined ? [] : [{ name: 'requestsPerMinute' as const, way: minute, limit: rpm }]),
    ...(tpm === undefined ? [] : [{ name: 'tokensPerMinute' as const, way: minute, limit: tpm }]),
    // A bucket refills by day too.
    ...(rpd === undefined
      ? []
      : [
          { name: 'requestsPerDay' as const, way: minute === 'bucket' && day === 'sliding' ? minute : day, limit: rpd },
        ]),
  ]);

function world(own: { known: boolean; headers: fc.Arbitrary<boolean>; estimate?: fc.Arbitrary<number> }) {
  const estimate = own.estimate ?? fc.constantFrom(1, 1, 1.1, 1.33);
  const arrivals = fc.constantFrom(1, 1, 20, 400).chain((scale) => arrivalsOf(scale, estimate));
  return fc.record({ windows, start, behind, headers: own.headers, known: fc.constant(own.known), arrivals });
}

const RUNS = { numRuns: Number(process.env['LEDGER_RUNS'] ?? 150) };

test('a vendor whose limits are known never refuses what the ledger lets through', () => {
  const worlds = world({ known: true, headers: fc.boolean() });
  fc.assert(
    fc.property(worlds, (each) => {
      expect(run(each).refusals).toEqual([]);
    }),
    RUNS,
  );
});

test('a vendor whose limits only his headers tell refuses nothing that was sent after the first reply', () => {
  const worlds = world({ known: false, headers: fc.constant(true) });
  fc.assert(
    fc.property(worlds, (each) => {
      // Who leaves before anything is known of limits is not counted by anybody but the vendor.
      const stay = each.arrivals.map((arrival) => (arrival.end === 'aborted' ? { ...arrival, end: SETTLED } : arrival));
      const { refusals, firstReply } = run({ ...each, arrivals: stay });
      expect(refusals.filter((at) => at > firstReply)).toEqual([]);
    }),
    RUNS,
  );
});

test('estimates that are a third too low cost requests no refusal', () => {
  const worlds = world({ known: true, headers: fc.boolean(), estimate: fc.constantFrom(0.67, 0.8, 1, 1.33) });
  fc.assert(
    fc.property(worlds, (each) => {
      const requests = each.windows.filter(({ name }) => name.startsWith('requests'));
      expect(run({ ...each, windows: requests }).refusals).toEqual([]);
      run(each);
    }),
    RUNS,
  );
});

test('the ledger holds nothing back for longer than a step and what runs', () => {
  const worlds = world({ known: true, headers: fc.boolean(), estimate: fc.constant(1) });
  fc.assert(
    fc.property(worlds, (each) => {
      const seen = each.arrivals.map((arrival) => {
        // Whether what the headers told of includes one whose own reply nobody saw, nobody can know.
        const unseen = arrival.end === 'never settled' || (each.headers && arrival.end === 'aborted');
        return unseen ? { ...arrival, end: SETTLED } : arrival;
      });
      expect(run({ ...each, arrivals: seen }).strict).toEqual([]);
    }),
    RUNS,
  );
});

test('whatever others take of the same limits, each reply that nothing overtakes sets the count right', () => {
  const others = fc.array(fc.record({ gap: fc.nat(20_000), others: fc.nat(4), mine: fc.boolean() }), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(windows, others, (all, steps) => {
      const clock = fakeClock(Date.parse('2026-06-30T23:50:00Z'));
      const state = createMemoryState(clock);
      const requests = all.filter(({ name }) => name.startsWith('requests'));
      const target = targetOf({ rules: { ...PLAIN_RULES, ...rulesOf(requests) } });
      const vendor = createVendor(requests);
      for (const { gap, others, mine } of steps) {
        clock.advance(gap);
        for (let each = 0; each < others; each++) vendor.ask(1, clock.now());
        if (!mine) continue;
        const { hold } = taken(state.take([{ target, tokens: 1, lease: LEASE }]));
        if (hold === undefined) continue;
        const { served, told } = vendor.ask(1, clock.now());
        hold.replied(told);
        hold.settle('healthy', 1);
        // One that was refused is counted until it is known that the vendor did not.
        const more = served ? 0 : 1;
        for (const { window, used } of state.status(target).windows) {
          const his = vendor.used(window, clock.now(), 0);
          expect(used).toBeGreaterThanOrEqual(his - 1e-6);
          expect(used).toBeLessThan(his + 1 + more);
        }
      }
    }),
    RUNS,
  );
});
