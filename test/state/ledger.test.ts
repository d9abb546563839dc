import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Limits, type Observation, PLAIN_RULES, type WindowName } from '../../src/domain/limits.ts';
import type { Candidate, Hold, Take } from '../../src/state/limit-state.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';
import { type ProviderWindow, rulesOf, simulateProvider } from './vendor.ts';

/** One request: its time after the previous one, what it takes, and how it ends. */
interface Arrival {
  readonly gap: number;
  readonly tokens: number;
  /** The estimate, as a fraction of the tokens that it takes. */
  readonly estimate: number;
  /** Milliseconds to the provider, back, and from there to its end. */
  readonly there: number;
  readonly back: number;
  readonly rest: number;
  readonly end: 'settled' | 'unknown usage' | 'aborted' | 'never settled';
}

interface World {
  readonly windows: readonly ProviderWindow[];
  readonly start: number;
  /** By how many milliseconds the provider's clock is behind. */
  readonly behind: number;
  /** Whether headers report the limits. */
  readonly headers: boolean;
  /** Whether the limits are configured. */
  readonly known: boolean;
  readonly arrivals: readonly Arrival[];
}

interface Run {
  /** When the requests were sent that the provider refused. */
  readonly refusals: readonly number[];
  /** When the first reply arrived. */
  readonly firstReply: number;
  /** Requests that the limit state held back though the provider had had capacity for longer than the slack. */
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
  const provider = simulateProvider(windows, behind);
  const refusals: number[] = [];
  const strict: string[] = [];
  let firstReply = Infinity;
  const running = new Set<Arrival>();
  /** The most that ran concurrently. */
  const most = new Map<WindowName, number>();

  function send(arrival: Arrival, hold: Hold): void {
    const { there, back, rest, tokens, end } = arrival;
    const sent = clock.now();
    let observed: readonly Observation[] = [];
    running.add(arrival);
    for (const { name } of windows) most.set(name, Math.max(most.get(name) ?? 0, runningOf(name)));
    const settle = (taken: number | undefined): void => {
      hold.settle('neither', taken);
      hold.settle('failed', 1e9);
      running.delete(arrival);
      look();
    };
    clock.timer(there, () => {
      const reply = provider.receive(tokens, clock.now());
      if (headers) observed = reply.observed;
      if (!reply.served) refusals.push(sent);
    });
    if (end === 'never settled') return void clock.timer(LEASE, () => running.delete(arrival));
    if (end === 'aborted') return void clock.timer(there + 1, () => settle(undefined));
    clock.timer(there + back, () => {
      firstReply = Math.min(firstReply, clock.now());
      hold.replied(observed);
    });
    clock.timer(there + back + rest, () => settle(end === 'settled' ? tokens : undefined));
  }

  function look(): void {
    const { windows: seen, concurrency } = state.status(target);
    expect(concurrency.running).toBe(running.size);
    for (const { used } of seen) expect(used).toBeGreaterThanOrEqual(0);
  }

  /** The capacity that the provider had for longer than a step and the latency, as if all running requests were counted already. */
  function roomOf({ name, way, limit }: ProviderWindow): number {
    const span = name.endsWith('Day') ? 86_400_000 : 60_000;
    // Of a bucket, headers report whole requests and tokens only.
    const step = { sliding: span / 60, bucket: span / limit, fixed: 1000, UTC: 1000, 'America/Los_Angeles': 1000 }[way];
    const running = runningOf(name);
    // Replies that overtake each other, or that were on their way while an amount expired, may count what ran concurrently twice,
    // until the next reply.
    // Without headers the provider's bucket refills from when it counted, the local one from when the request was over: a few tokens.
    const twice = headers ? (most.get(name) ?? 0) : way === 'bucket' ? 3 : 0;
    return limit - provider.used(name, clock.now() - step, LATENCY + behind) - running - twice;
  }

  function runningOf(name: WindowName): number {
    return [...running].reduce((sum, each) => sum + (name.startsWith('tokens') ? reservedFor(each) : 1), 0);
  }

  for (const arrival of arrivals) {
    clock.advance(arrival.gap);
    const candidate: Candidate = { target, tokens: reservedFor(arrival), lease: LEASE };
    const { hold, obstacles } = taken(state.take([candidate]));
    if (hold !== undefined) send(arrival, hold);
    const [obstacle] = obstacles;
    if (obstacle?.kind === 'limited' && windows.every((window) => roomOf(window) >= amountOf(window, candidate)))
      strict.push(`${obstacle.window} at ${clock.now() - start}`);
    look();
  }

  clock.advance(LEASE + LATENCY);
  look();
  // A daily bucket that is overdrawn as far as possible takes three days to refill.
  clock.advance(4 * 86_400_000);
  const end = state.status(target);
  expect(end.concurrency.running).toBe(0);
  expect(end.windows.map(({ used, resetAt }) => [used, resetAt])).toEqual(end.windows.map(() => [0, undefined]));
  expect(state.lasting()).toEqual({ cooldowns: [], windows: [] });
  return { refusals, firstReply, strict };
}

function reservedFor({ tokens, estimate }: Arrival): number {
  return Math.ceil(tokens * estimate);
}

function amountOf({ name, limit }: ProviderWindow, { tokens }: Candidate): number {
  return name.startsWith('tokens') ? Math.min(limit, tokens) : 1;
}

function taken(take: Take | Promise<Take>): Take {
  if (take instanceof Promise) throw new TypeError('the memory state takes synchronously');
  return take;
}

const latency = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: LATENCY / 3 }));
const end = fc.oneof(
  { weight: 8, arbitrary: fc.constant('settled' as const) },
  { weight: 2, arbitrary: fc.constantFrom('unknown usage' as const, 'aborted' as const, 'never settled' as const) },
);

/** Bursts, a trickle, pauses, and jumps of the clock. */
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

/** Includes the days on which clocks are changed in Los Angeles. */
const start = fc.constantFrom('2026-03-08T06:30:00Z', '2026-11-01T05:00:00Z', '2026-06-30T23:59:30Z').map(Date.parse);
const behind = fc.constantFrom(0, 0, 400, 900);

const windows: fc.Arbitrary<readonly ProviderWindow[]> = fc
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
    // With buckets, a daily window refills too.
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

test('a provider with configured limits never refuses what the limit state admits', () => {
  const worlds = world({ known: true, headers: fc.boolean() });
  fc.assert(
    fc.property(worlds, (each) => {
      expect(run(each).refusals).toEqual([]);
    }),
    RUNS,
  );
});

test('a provider whose limits are only in its headers refuses nothing that was sent after the first reply', () => {
  const worlds = world({ known: false, headers: fc.constant(true) });
  fc.assert(
    fc.property(worlds, (each) => {
      // Only the provider counts a client that disconnects before any limit is known.
      const connected = each.arrivals.map((arrival) =>
        arrival.end === 'aborted' ? { ...arrival, end: SETTLED } : arrival,
      );
      const { refusals, firstReply } = run({ ...each, arrivals: connected });
      expect(refusals.filter((at) => at > firstReply)).toEqual([]);
    }),
    RUNS,
  );
});

test('estimates that are a third too low cause no refusal by a limit of requests', () => {
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

test('the limit state holds nothing back beyond one step and what runs', () => {
  const worlds = world({ known: true, headers: fc.boolean(), estimate: fc.constant(1) });
  fc.assert(
    fc.property(worlds, (each) => {
      const seen = each.arrivals.map((arrival) => {
        // It cannot be known whether headers include a request whose own reply was not received.
        const unseen = arrival.end === 'never settled' || (each.headers && arrival.end === 'aborted');
        return unseen ? { ...arrival, end: SETTLED } : arrival;
      });
      expect(run({ ...each, arrivals: seen }).strict).toEqual([]);
    }),
    RUNS,
  );
});

test('whatever other processes take of the same limits, each reply that is not overtaken corrects the count', () => {
  const sequence = fc.array(fc.record({ gap: fc.nat(20_000), foreign: fc.nat(4), own: fc.boolean() }), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(windows, sequence, (all, steps) => {
      const clock = fakeClock(Date.parse('2026-06-30T23:50:00Z'));
      const state = createMemoryState(clock);
      const requests = all.filter(({ name }) => name.startsWith('requests'));
      const target = targetOf({ rules: { ...PLAIN_RULES, ...rulesOf(requests) } });
      const provider = simulateProvider(requests);
      for (const { gap, foreign, own } of steps) {
        clock.advance(gap);
        for (let each = 0; each < foreign; each++) provider.receive(1, clock.now());
        if (!own) continue;
        const { hold } = taken(state.take([{ target, tokens: 1, lease: LEASE }]));
        if (hold === undefined) continue;
        const { served, observed } = provider.receive(1, clock.now());
        hold.replied(observed);
        hold.settle('healthy', 1);
        // A refused request is counted until a reply shows that the provider did not count it.
        const more = served ? 0 : 1;
        for (const { window, used } of state.status(target).windows) {
          const exact = provider.used(window, clock.now(), 0);
          expect(used).toBeGreaterThanOrEqual(exact - 1e-6);
          expect(used).toBeLessThan(exact + 1 + more);
        }
      }
    }),
    RUNS,
  );
});
