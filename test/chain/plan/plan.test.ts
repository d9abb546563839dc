import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../src/chain/plan/plan.ts';
import type { Facts, Planned } from '../../../src/chain/plan/planned.ts';
import type { Chain, Entry, OrderPolicy } from '../../../src/domain/chain.ts';
import type { Candidate, Obstacle } from '../../../src/state/limit-state.ts';
import { targetOf } from '../../helpers/target.ts';

const NOW = 1_000_000;
const POLICIES = ['ordered', 'weighted', 'fastest', 'cheapest', 'least-busy'] as const satisfies readonly OrderPolicy[];

/** One entry of a test; each member of `keys` is the state of one key. */
interface EntryParts {
  readonly weight?: number;
  readonly keys?: readonly {
    readonly obstacle?: Obstacle | undefined;
    readonly lacks?: boolean;
    readonly room?: number;
    readonly refuses?: boolean;
    readonly running?: number;
    readonly limit?: number | undefined;
  }[];
  readonly ms?: number | undefined;
  readonly price?: number | undefined;
}

interface ChainAndFacts {
  readonly chain: Chain;
  readonly facts: Facts;
}

/** A chain of entries `a`, `b`, ... and the facts about it. */
function chainOf(
  parts: readonly EntryParts[],
  policy: OrderPolicy,
  own: { lastResort?: boolean; random?: () => number } = {},
): ChainAndFacts {
  const known = new Map<unknown, { entry: EntryParts; key: NonNullable<EntryParts['keys']>[number] }>();
  const entries = parts.map((entry, index): Entry => {
    const provider = String.fromCodePoint(97 + index);
    const keys = entry.keys ?? [{}];
    const targets = keys.map((key, number) => {
      const target = targetOf({ provider, account: `${provider}${number + 1}`, keyNumber: number + 1 });
      known.set(target, { entry, key });
      return target;
    });
    const timeouts = {
      connect: 1,
      headers: 1,
      firstToken: 1,
      streamStart: 1,
      idle: 1,
      total: 5000,
    };
    return {
      provider,
      model: 'm',
      targets: targets as unknown as Entry['targets'],
      timeouts,
      weight: entry.weight ?? 1,
    };
  });
  const chain: Chain = {
    name: 'default',
    entries,
    policy,
    queue: undefined,
    retry: undefined,
    hedge: undefined,
    lastResort: own.lastResort ?? true,
    deadline: 1,
    commit: 'first-token',
    openAfter: undefined,
    onRefused: 'next',
    onContentFilter: 'next',
    mixedModels: false,
  };
  const facts: Facts = {
    now: NOW,
    random: own.random ?? (() => 0.5),
    look: ({ target }) => known.get(target)?.key.obstacle,
    tokensOf: ({ account }) => account.length * 100,
    minimumTokensOf: () => 1,
    lackOf: (target) => (known.get(target)?.key.lacks === true ? { what: 'tools', refusal: undefined } : undefined),
    expectedMs: (target) => known.get(target)?.entry.ms,
    priceOf: (target) => known.get(target)?.entry.price,
    refuses: (target) => known.get(target)?.key.refuses === true,
    load(target) {
      const state = known.get(target)?.key;
      return { running: state?.running ?? 0, limit: state?.limit };
    },
    room: (target) => known.get(target)?.key.room ?? 1,
  };
  return { chain, facts };
}

const planOf = (...given: Parameters<typeof chainOf>): readonly Planned[] => {
  const { chain, facts } = chainOf(...given);
  return plan(chain, facts);
};
const providers = (planned: readonly Planned[]) => planned.map(({ entry }) => entry.provider).join('');
const accounts = (planned: readonly Planned[]) => planned.map(({ target }) => target.account);

/** Random numbers from a seed: the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const COOLING: Obstacle = { kind: 'cooling_down', retryAt: NOW + 12_000, lasting: false, reason: 'throttled' };
const LIMITED: Obstacle = { kind: 'limited', window: 'tokensPerMinute', retryAt: NOW + 3000 };
const LARGE: Obstacle = { kind: 'too_large', window: 'tokensPerMinute', limit: 6000 };
const broken = (retryAt?: number): Obstacle => ({ kind: 'breaker_open', retryAt });

const obstacle = fc.oneof(
  fc.constantFrom(undefined, undefined, COOLING, LIMITED, LARGE),
  fc.option(fc.integer({ min: NOW, max: NOW + 9 }), { nil: undefined }).map(broken),
);
const key = fc.record({ obstacle, lacks: fc.boolean(), room: fc.constantFrom(0, 0.5, 1), running: fc.nat(3) });
const entryParts: fc.Arbitrary<EntryParts> = fc.record({
  weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
  keys: fc.array(key, { minLength: 1, maxLength: 4 }),
  ms: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  price: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
});
const anyChain = fc.record({
  parts: fc.array(entryParts, { minLength: 1, maxLength: 6 }),
  policy: fc.constantFrom(...POLICIES),
  lastResort: fc.boolean(),
  seed: fc.integer(),
});

describe('for any chain and any facts', () => {
  test('every target is planned once, with everything that is known of it', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, policy, lastResort, seed }) => {
        const { chain, facts } = chainOf(parts, policy, { lastResort, random: seeded(seed) });
        const planned = plan(chain, facts);
        const all = chain.entries.flatMap(({ targets }) => targets.map(({ account }) => account));
        expect(accounts(planned).toSorted()).toEqual(all.toSorted());
        for (const { entry, target, candidate, state, obstacle: found, lack } of planned) {
          expect(entry.targets).toContain(target);
          expect(candidate).toMatchObject({ target, tokens: facts.tokensOf(target) });
          expect(lack).toEqual(facts.lackOf(target));
          if (lack === undefined) expect(found).toEqual(facts.look(candidate));
          expect(state).toBe(
            lack !== undefined || found?.kind === 'too_large'
              ? 'skip'
              : found === undefined
                ? 'try'
                : found.kind === 'breaker_open' && lastResort
                  ? 'last_resort'
                  : 'wait',
          );
        }
      }),
    );
  });

  test('every reason is one sentence', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, policy, seed }) => {
        for (const { reason } of planOf(parts, policy, { random: seeded(seed) })) {
          expect(reason).toMatch(/^[A-Z][^]+[^ ]\.$/);
          expect(reason).not.toMatch(/undefined|NaN|Infinity/);
        }
      }),
    );
  });

  test('the same facts make the same plan, and the plan changes neither chain nor facts', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, policy, seed }) => {
        const { chain, facts } = chainOf(parts, policy);
        const before = structuredClone(chain);
        const plans = [1, 2].map(() => plan(chain, { ...facts, random: seeded(seed) }));
        expect(plans[0]).toEqual(plans[1]);
        expect(chain).toEqual(before);
      }),
    );
  });

  test('targets with an open breaker are last, ordered by their retry time, where the chain tries them at all', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, policy, seed }) => {
        const planned = planOf(parts, policy, { lastResort: true, random: seeded(seed) });
        const first = planned.findIndex(({ state }) => state === 'last_resort');
        if (first === -1) return;
        const later = planned.slice(first);
        expect(later.every(({ state }) => state === 'last_resort')).toBe(true);
        const times = later.map(({ obstacle: found }) =>
          found?.kind === 'breaker_open' ? (found.retryAt ?? Infinity) : Number.NaN,
        );
        expect(times).toEqual(times.toSorted((a, b) => (a === b ? 0 : a - b)));
      }),
    );
  });

  test('the keys of an entry are adjacent, the one with the most room first', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, policy, seed }) => {
        const { chain, facts } = chainOf(parts, policy, { lastResort: false, random: seeded(seed) });
        const planned = plan(chain, facts);
        const order = planned.map(({ entry }) => entry);
        expect(order.filter((entry, at) => entry !== order[at - 1])).toHaveLength(chain.entries.length);
        for (const entry of chain.entries) {
          const rooms = planned.filter((each) => each.entry === entry).map(({ target }) => facts.room(target));
          expect(rooms).toEqual(rooms.toSorted((a, b) => b - a));
        }
      }),
    );
  });

  test('`ordered` keeps the order of the chain for all targets that are no last resort', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, lastResort, seed }) => {
        const planned = planOf(parts, 'ordered', { lastResort, random: seeded(seed) });
        const tried = planned.filter(({ state }) => state !== 'last_resort').map(({ entry }) => entry.provider);
        expect(tried).toEqual(tried.toSorted());
      }),
    );
  });

  test('`cheapest` orders by price, unknown prices last, equal ones in the order of the chain', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, seed }) => {
        const planned = planOf(parts, 'cheapest', { lastResort: false, random: seeded(seed) });
        const indexes = [...new Set(providers(planned))].map((provider) => provider.charCodeAt(0) - 97);
        const places = indexes.map((index) => [parts[index]?.price ?? Infinity, index] as const);
        expect(places).toEqual(places.toSorted((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] - b[0])));
      }),
    );
  });
});

const busy = (running: number, limit?: number) => ({ keys: [{ running, limit }] });

describe('`least-busy`', () => {
  test('orders by the running requests of all keys, equal ones in the order of the chain', () => {
    fc.assert(
      fc.property(anyChain, ({ parts, seed }) => {
        const planned = planOf(parts, 'least-busy', { lastResort: false, random: seeded(seed) });
        const indexes = [...new Set(providers(planned))].map((provider) => provider.charCodeAt(0) - 97);
        const runningAt = (index: number): number =>
          (parts[index]?.keys ?? []).reduce((sum, { running = 0 }) => sum + running, 0);
        const places = indexes.map((index) => [runningAt(index), index] as const);
        expect(places).toEqual(places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
      }),
    );
  });

  test('compares the share of the limits where all are known, and numbers where one is not', () => {
    expect(providers(planOf([busy(5, 10), busy(2, 3), busy(1, 100)], 'least-busy'))).toBe('cab');
    expect(providers(planOf([busy(5, 10), busy(2, 3), busy(4)], 'least-busy'))).toBe('bca');
    const pool = { keys: [{ running: 1, limit: 2 }, { running: 1 }] };
    expect(providers(planOf([busy(3, 10), pool], 'least-busy'))).toBe('bba');
  });

  test('counts what shares a limit once', () => {
    const { chain, facts } = chainOf([busy(3), { keys: [{ running: 2 }, { running: 2 }] }], 'least-busy');
    const shared = chain.entries[1]?.targets.map((target) => ({ ...target, counterKey: 'shared' }));
    const entries = chain.entries.map((entry, index) =>
      index === 1 ? { ...entry, targets: shared as unknown as Entry['targets'] } : entry,
    );
    const planned = plan(
      { ...chain, entries },
      { ...facts, load: ({ provider }) => ({ running: provider === 'a' ? 3 : 2, limit: undefined }) },
    );
    expect(providers(planned)).toBe('bba');
  });

  test('gives the load as its reason', () => {
    const planned = planOf([busy(2, 8), busy(0)], 'least-busy');
    expect(planned.map(({ reason }) => reason)).toEqual([
      'Selected by load: 0 running requests.',
      'Selected by load: 2 of 8 running requests.',
    ]);
  });
});

test('a waiting target keeps its place, an unsuited one is skipped in its place, one with an open breaker is moved behind the others', () => {
  const parts = [COOLING, broken(NOW + 5000), LARGE, undefined, LIMITED, broken(NOW + 1000)].map((found) => ({
    keys: [{ obstacle: found }],
  }));
  expect(planOf(parts, 'ordered').map(({ entry, state, reason }) => [entry.provider, state, reason])).toEqual([
    ['a', 'wait', 'Cooling down for another 12 s: throttled.'],
    ['c', 'skip', 'Larger than its limit of 6000 tokens per minute.'],
    ['d', 'try', 'In the order of the chain.'],
    ['e', 'wait', 'Too few tokens per minute left for another 3 s.'],
    ['f', 'last_resort', 'Only when no other can answer: circuit breaker open for another 1 s.'],
    ['b', 'last_resort', 'Only when no other can answer: circuit breaker open for another 5 s.'],
  ]);
});

test('without a last resort, a target with an open breaker waits in its place', () => {
  const planned = planOf([{ keys: [{ obstacle: broken() }] }, {}], 'ordered', { lastResort: false });
  expect(planned.map(({ state }) => state)).toEqual(['wait', 'try']);
  expect(planned[0]?.reason).toBe('Circuit breaker open for now.');
});

test('a target that lacks something is skipped for it, and its obstacles are not looked up', () => {
  const { chain, facts } = chainOf([{ keys: [{ lacks: true, obstacle: COOLING }] }], 'ordered');
  const lookedUp: Candidate[] = [];
  const [planned] = plan(chain, { ...facts, look: (candidate) => void lookedUp.push(candidate) });
  expect(planned).toMatchObject({ state: 'skip', lack: { what: 'tools' }, reason: 'Cannot take this request: tools.' });
  expect(lookedUp).toEqual([]);
});

test('obstacles are looked up for what would be reserved: the tokens, for as long as an attempt may last', () => {
  const { chain, facts } = chainOf([{}], 'ordered');
  const lookedUp: Candidate[] = [];
  plan(chain, { ...facts, look: (candidate) => void lookedUp.push(candidate) });
  expect(lookedUp).toEqual([{ target: chain.entries[0]?.targets[0], tokens: 200, minimumTokens: 1, lease: 65_001 }]);
});

/** How often each outcome occurs in many plans with seeded randomness. */
function frequencies(parts: readonly EntryParts[], policy: OrderPolicy, of: (planned: readonly Planned[]) => string) {
  const draws = 20_000;
  const { chain, facts } = chainOf(parts, policy, { random: seeded(7) });
  const counts = new Map<string, number>();
  for (let n = 0; n < draws; n++) {
    const outcome = of(plan(chain, facts));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return (outcome: string) => (counts.get(outcome) ?? 0) / draws;
}

/** Four standard deviations of a share among 20,000 draws. */
const within = (share: number) => 4 * Math.sqrt((share * (1 - share)) / 20_000);

test('`weighted` makes every order as often as drawing by weight without replacement does', () => {
  const weights: Readonly<Record<string, number>> = { a: 1, b: 2, c: 5 };
  const share = frequencies(
    Object.values(weights).map((weight) => ({ weight })),
    'weighted',
    providers,
  );
  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
    let remaining = 8;
    let expected = 1;
    for (const name of order) {
      expected *= (weights[name] ?? 0) / remaining;
      remaining -= weights[name] ?? 0;
    }
    expect(Math.abs(share(order) - expected)).toBeLessThan(within(expected));
  }
});

test('keys with the same room share the load, and one with less room is behind them', () => {
  const rooms = [0.9, 0.2, 0.9, 0.9];
  const parts = [{ keys: rooms.map((room) => ({ room })) }];
  const share = frequencies(parts, 'ordered', (planned) => accounts(planned)[0] ?? '');
  for (const first of ['a1', 'a3', 'a4']) expect(Math.abs(share(first) - 1 / 3)).toBeLessThan(within(1 / 3));
  expect(accounts(planOf(parts, 'ordered')).at(-1)).toBe('a2');
});

describe('`fastest`', () => {
  test('orders by time, unmeasured entries first, equal ones in the order of the chain', () => {
    const planned = planOf([{ ms: 300 }, { ms: 20 }, {}, { ms: 300 }, {}], 'fastest');
    expect(providers(planned)).toBe('cebad');
    expect(planned.map(({ reason }) => reason).slice(1, 3)).toEqual([
      'Selected because it was not measured yet.',
      'Selected by speed: about 20 ms to its answer.',
    ]);
  });

  test('tries another entry first in one of twenty plans, each equally often, and none that waits', () => {
    const waiting = { ms: 5, keys: [{ obstacle: COOLING }] };
    const parts = [{ ms: 10 }, waiting, { ms: 20 }, { ms: 30 }];
    const share = frequencies(parts, 'fastest', providers);
    for (const [order, expected] of [
      ['bacd', 0.95],
      ['cbad', 0.025],
      ['dbac', 0.025],
    ] as const)
      expect(Math.abs(share(order) - expected)).toBeLessThan(within(expected));
  });

  test('explores nothing where only one entry can be tried', () => {
    const parts = [{ ms: 10, keys: [{ obstacle: COOLING }] }, { ms: 20 }];
    expect(providers(planOf(parts, 'fastest', { random: () => 0 }))).toBe('ab');
  });
});

test('`cheapest` gives the price of the request as its reason', () => {
  const planned = planOf([{}, { price: 0.001234 }, { price: 0 }, { price: 2e-7 }], 'cheapest');
  expect(planned.map(({ entry, reason }) => [entry.provider, reason])).toEqual([
    ['c', 'Selected by price: about $0 for this request.'],
    ['d', 'Selected by price: under $0.000001 for this request.'],
    ['b', 'Selected by price: about $0.0012 for this request.'],
    ['a', 'Placed behind all entries with a known price.'],
  ]);
});

function never(): never {
  throw new Error('This fact was looked up.');
}

test('facts that a policy does not use are not looked up', () => {
  const { chain, facts } = chainOf([{}, {}], 'ordered');
  expect(
    plan(chain, { ...facts, expectedMs: never, priceOf: never, load: never, room: never, random: never }),
  ).toHaveLength(2);
});
