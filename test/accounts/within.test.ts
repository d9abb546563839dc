import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requireWithin, type Scope, widerMember } from '../../src/accounts/within.ts';
import type { Budget } from '../../src/domain/budget.ts';
import { allowsEntry, coversPattern, matchesPattern } from '../../src/domain/pattern.ts';
import { keyRecord } from '../helpers/records.ts';

/** Everything, for all tenants. */
const SCOPE: Scope = keyRecord('key_root', { role: 'admin', tenant: '' });
const BUDGET: Budget = {
  amountNano: 50,
  period: 'month',
  timeZone: 'UTC',
  soft: 0.8,
  models: undefined,
  onUnknownPrice: 'skip',
  onOverrun: 'finish',
};

const some = <Item>(items: readonly Item[]): fc.Arbitrary<Item[] | undefined> =>
  fc.option(fc.subarray([...items], { minLength: 1 }), { nil: undefined });
const pattern = fc.stringMatching(/^[ab*]{1,2}\/[ab*]{1,3}$/);
const count = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const budget = fc.record({
  ...Object.fromEntries(Object.entries(BUDGET).map(([name, value]) => [name, fc.constant(value)])),
  amountNano: fc.integer({ min: 1, max: 4 }),
  period: fc.constantFrom('day', 'month'),
  models: fc.option(fc.array(pattern, { minLength: 1, maxLength: 2 }), { nil: undefined }),
}) as fc.Arbitrary<Budget>;
const members = {
  role: fc.constantFrom('caller', 'viewer', 'admin'),
  tenant: fc.constantFrom('', 'acme', 'other'),
  chains: some(['x', 'y', 'z']),
  models: fc.option(fc.array(pattern, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  operations: some(['embeddings', 'messages']),
  bodies: fc.option(fc.boolean(), { nil: undefined }),
  expiresAt: count,
  limits: fc.option(fc.record({ requestsPerMinute: count, concurrency: count }), { nil: undefined }),
  budgets: fc.option(fc.array(budget, { maxLength: 2 }), { nil: undefined }),
} satisfies { readonly [Member in keyof Scope]: fc.Arbitrary<Scope[Member]> };
const scope: fc.Arbitrary<Scope> = fc.record(members);
const name = fc.stringMatching(/^[ab]{1,2}\/[ab]{1,3}$/);
const RANK = { caller: 1, viewer: 2, admin: 3, internal: 3 };

/** What a scope allows of one use: of a chain, an entry and an operation at a time, with spend and load so far. */
interface Use {
  readonly chain: string;
  readonly entry: string;
  readonly operation: string;
  readonly at: number;
  readonly running: number;
  readonly spent: number;
}

function allows(each: Scope, { chain, entry, operation, at, running, spent }: Use): boolean {
  const [provider = '', model = ''] = entry.split('/');
  const counts = (one: Budget): boolean => allowsEntry(one.models, { provider, model });
  return (
    (each.chains?.includes(chain) ?? true) &&
    allowsEntry(each.models, { provider, model }) &&
    (each.operations?.includes(operation) ?? true) &&
    at < (each.expiresAt ?? Infinity) &&
    running <= (each.limits?.concurrency ?? Infinity) &&
    running <= (each.limits?.requestsPerMinute ?? Infinity) &&
    (each.budgets ?? []).every((one) => !counts(one) || spent <= one.amountNano)
  );
}

const use: fc.Arbitrary<Use> = fc.record({
  chain: fc.constantFrom('x', 'y', 'z', 'w'),
  entry: name,
  operation: fc.constantFrom('embeddings', 'messages', 'responses'),
  at: fc.integer({ min: 0, max: 5 }),
  running: fc.integer({ min: 0, max: 5 }),
  spent: fc.integer({ min: 0, max: 5 }),
});

test('what a granted scope allows, the scope of its granter allows, too', () => {
  let within = 0;
  fc.assert(
    fc.property(
      scope,
      scope,
      fc.subarray(Object.keys(members)),
      fc.array(use, { maxLength: 20 }),
      (own, parent, copied, uses) => {
        // Of two that have nothing in common, one is hardly ever within the other.
        const child = Object.fromEntries(
          Object.entries(own).map(([member, value]) => [
            member,
            copied.includes(member) ? Reflect.get(parent, member) : value,
          ]),
        ) as unknown as Scope;
        if (widerMember(child, parent) !== undefined) return;
        within++;
        expect(RANK[child.role]).toBeLessThanOrEqual(RANK[parent.role]);
        if (parent.tenant !== '') expect(child.tenant).toBe(parent.tenant);
        for (const each of uses) if (allows(child, each)) expect([each, allows(parent, each)]).toEqual([each, true]);
      },
    ),
    { numRuns: 20_000 },
  );
  expect(within).toBeGreaterThan(100);
});

test('a pattern covers another one only where it matches all that the other matches, and a scope is within itself', () => {
  fc.assert(
    fc.property(pattern, pattern, name, (outer, inner, text) => {
      if (coversPattern(outer, inner) && matchesPattern(inner, text)) expect(matchesPattern(outer, text)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(scope, (each) => {
      expect(widerMember(each, each)).toBeUndefined();
    }),
  );
});

test.each([
  ['a/*', 'a/x', true],
  ['a/*', 'a/*', true],
  ['*', 'a/*', true],
  ['a/*x', 'a/*yx', true],
  ['a/x', 'a/*', false],
  ['a/*', '*', false],
  ['a/*b*', 'a/*', false],
  ['a/*/c', 'a/b*c', false],
])('the pattern %s covers %s: %s', (outer, inner, covers) => {
  expect(coversPattern(outer, inner)).toBe(covers);
});

test.each<[string, Partial<Scope>, Partial<Scope>]>([
  ['role', { role: 'admin' }, { role: 'viewer' }],
  ['tenant', { tenant: 'other' }, { tenant: 'acme' }],
  ['tenant', { tenant: '' }, { tenant: 'acme' }],
  ['chains', {}, { chains: ['x'] }],
  ['chains', { chains: ['x', 'y'] }, { chains: ['x'] }],
  ['models', {}, { models: ['a/*'] }],
  ['models', { models: ['a/x', 'b/x'] }, { models: ['a/*'] }],
  ['operations', { operations: ['messages'] }, { operations: ['embeddings'] }],
  ['bodies', { bodies: true }, {}],
  ['bodies', { bodies: true }, { bodies: false }],
  ['priority', {}, { priority: 'low' }],
  ['priority', { priority: 'normal' }, { priority: 'low' }],
  ['expires_at', {}, { expiresAt: 5 }],
  ['expires_at', { expiresAt: 6 }, { expiresAt: 5 }],
  ['limits', { limits: { concurrency: 3 } }, { limits: { requestsPerMinute: 5 } }],
  ['limits', { limits: { requestsPerMinute: 6 } }, { limits: { requestsPerMinute: 5 } }],
  ['budgets', {}, { budgets: [BUDGET] }],
  ['budgets', { budgets: [{ ...BUDGET, amountNano: 51 }] }, { budgets: [BUDGET] }],
  ['budgets', { budgets: [{ ...BUDGET, period: 'day' }] }, { budgets: [BUDGET] }],
  ['budgets', { budgets: [{ ...BUDGET, timeZone: 'Asia/Tokyo' }] }, { budgets: [BUDGET] }],
  ['budgets', { budgets: [{ ...BUDGET, models: ['a/*'] }] }, { budgets: [BUDGET] }],
  ['budgets', { budgets: [{ ...BUDGET, onUnknownPrice: 'allow' }] }, { budgets: [BUDGET] }],
  ['budgets', { budgets: [BUDGET] }, { budgets: [{ ...BUDGET, onOverrun: 'cut' }] }],
])('%s is refused where it is wider than the granter’s', (member, child, parent) => {
  expect(() => requireWithin({ ...SCOPE, ...child }, { ...SCOPE, ...parent })).toThrow(
    expect.objectContaining({ code: 'forbidden', details: expect.objectContaining({ param: member }) }),
  );
  expect(widerMember({ ...SCOPE, ...parent }, { ...SCOPE, ...parent })).toBeUndefined();
});
