import fc from 'fast-check';
import {
  type LimitRules,
  type Limits,
  PLAIN_RULES,
  WINDOW_NAMES,
  type WindowName,
} from '../../../src/domain/limits.ts';

/** Counters of a world. */
const KEYS = 3;
/** Their ids. */
export const PROCESSES = ['a', 'b', 'c'];

/** A change, as far as it does not depend on what was counted before. */
export type DrawnChange =
  | { readonly kind: 'spent'; readonly window: WindowName; readonly amount: number }
  | {
      readonly kind: 'observed';
      readonly window: WindowName;
      readonly limit: number | undefined;
      readonly remaining: number | undefined;
      readonly resetIn: number | undefined;
      readonly amount: number;
      /** Which of the marks is used that the process has seen, counted from the newest; undefined: none. */
      readonly mark: number | undefined;
    }
  | { readonly kind: 'learned'; readonly window: WindowName; readonly limit: number }
  | { readonly kind: 'forget_limits' };

/** One step: time passes, and one process reports and takes. */
export interface Step {
  readonly gap: number;
  readonly process: string;
  /** Whether the request is the one before, sent again. */
  readonly again: boolean;
  readonly keys: readonly number[];
  readonly ended: number;
  readonly changes: readonly (readonly DrawnChange[])[];
  readonly takes: readonly (readonly { readonly key: number; readonly tokens: number; readonly share: number }[])[];
  /** Whether the process takes over what it was granted, as a process that has got the reply. */
  readonly heard: boolean;
}

/** What several processes do to three counters of one account. */
export interface World {
  readonly start: number;
  readonly rules: readonly LimitRules[];
  readonly limits: readonly Limits[];
  readonly steps: readonly Step[];
}

const window = fc.constantFrom(...WINDOW_NAMES);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const amount = fc.oneof(fc.nat(12), fc.double({ min: 0, max: 12, noNaN: true }));

const change: fc.Arbitrary<DrawnChange> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('spent' as const), window, amount }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('observed' as const),
      window,
      limit: maybe(fc.integer({ min: -1, max: 30 })),
      remaining: maybe(fc.integer({ min: -3, max: 30 })),
      resetIn: maybe(fc.integer({ min: -2000, max: 200_000 })),
      amount,
      mark: maybe(fc.nat(5)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('learned' as const), window, limit: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'forget_limits' as const }) },
);

const demand = fc.record({ key: fc.nat(KEYS - 1), tokens: fc.nat(40), share: fc.constantFrom(0, 0.5, 1) });
const step: fc.Arbitrary<Step> = fc.record({
  gap: fc.oneof(
    fc.constant(0),
    fc.nat(2000),
    fc.nat(40_000),
    fc.integer({ min: 40_000, max: 4_000_000 }),
    fc.double({ min: 0, max: 500, noNaN: true }),
  ),
  process: fc.constantFrom(...PROCESSES),
  again: fc.constantFrom(false, false, false, false, true),
  keys: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
  ended: fc.nat(3),
  changes: fc.array(fc.array(change, { maxLength: 3 }), { minLength: KEYS, maxLength: KEYS }),
  takes: fc.array(fc.array(demand, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
  heard: fc.constantFrom(true, true, true, false),
});

const rules: fc.Arbitrary<LimitRules> = fc
  .record({
    minute: fc.constantFrom('rolling' as const, 'fixed' as const),
    day: fc.constantFrom('rolling' as const, 'UTC' as const, 'America/Los_Angeles' as const),
    refills: fc.boolean(),
  })
  .map((own) => ({ ...PLAIN_RULES, ...own }));

const limits: fc.Arbitrary<Limits> = fc.record(
  {
    requestsPerMinute: fc.nat(12),
    tokensPerMinute: fc.nat(120),
    requestsPerDay: fc.nat(20),
    tokensPerDay: fc.nat(400),
    concurrency: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);

/** Draws worlds. */
export const world: fc.Arbitrary<World> = fc.record({
  start: fc.constantFrom('2026-03-08T06:30:00Z', '2026-11-01T05:00:00Z', '2026-06-30T23:59:30Z').map(Date.parse),
  rules: fc.array(rules, { minLength: KEYS, maxLength: KEYS }),
  limits: fc.array(limits, { minLength: KEYS, maxLength: KEYS }),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
});
