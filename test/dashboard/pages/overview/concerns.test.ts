import type { BudgetShown, Key, LimitStatus, TenantShown } from 'spillway/client';
import { expect, test } from 'vitest';
import { entriesOutOf, gatewayConcernsOf, nearBudgetsOf } from '../../../../dashboard/pages/overview/concerns.ts';
import { limitRow } from '../../watched-events.ts';

function limit(values: Partial<LimitStatus>): LimitStatus {
  return limitRow('groq/llama', values);
}

test('a model is out while no key of it is ready, and back with the first one', () => {
  const one = limit({ key: 1, state: 'cooling_down', reason: 'throttled', retry_at: 2000 });
  const two = limit({ key: 2, state: 'limited', reason: 'tokensPerMinute', retry_at: 1000 });
  expect(entriesOutOf([one, two])).toEqual([
    { provider: 'groq', model: 'llama', state: 'limited', words: 'tokens per minute used up', retryAt: 1000 },
  ]);
  expect(entriesOutOf([one, limit({ key: 2 })])).toEqual([]);
  // One whose concurrent requests all run is busy, not out.
  expect(entriesOutOf([limit({ state: 'limited', reason: 'concurrency' })])).toEqual([]);
});

function words(values: Partial<LimitStatus>): string | undefined {
  return entriesOutOf([limit(values)])[0]?.words;
}

test('the state says what happened, where the reason does not', () => {
  expect(words({ state: 'failing', reason: 'overloaded' })).toBe('circuit breaker open: it kept failing');
  expect(words({ state: 'cooling_down', reason: 'unauthorised' })).toBe('key not accepted');
  expect(words({ state: 'limited' })).toBe('limit used up');
  expect(words({ state: 'refusing' })).toBe('refuses what other entries answer; is tried last');
});

test('an entry whose time is unknown is back after those whose time is known', () => {
  const keys = [limit({ key: 1, state: 'cooling_down' }), limit({ key: 2, state: 'failing', retry_at: 5 })];
  expect(entriesOutOf(keys)[0]).toMatchObject({ state: 'failing', retryAt: 5 });
});

function budget(spent: number | null, amount: number | null = 10, soft = 0.8): BudgetShown {
  return {
    amount_usd: amount,
    period: 'month',
    time_zone: 'UTC',
    soft,
    models: null,
    on_unknown_price: 'skip',
    on_overrun: 'finish',
    spent_usd: spent,
    reserved_usd: 0,
    remaining_usd: null,
    resets_at: null,
  };
}

type Owner = Pick<Key, 'id' | 'name' | 'state' | 'budgets'>;
const key = (name: string, budgets: readonly BudgetShown[], state: Key['state'] = 'active'): Owner => ({
  id: `key_${name}`,
  name,
  state,
  budgets,
});

test('budgets from their soft limit on are near, the nearest to its end first', () => {
  const tenants: Pick<TenantShown, 'name' | 'budgets'>[] = [{ name: 'acme', budgets: [budget(9.1)] }];
  const keys = [key('low', [budget(7.99)]), key('soft', [budget(8)]), key('spent', [budget(1), budget(12)])];
  expect(nearBudgetsOf(keys, tenants)).toMatchObject([
    { owner: 'key', keyId: 'key_spent', name: 'spent', isSpent: true, share: '120' },
    { owner: 'tenant', keyId: null, name: 'acme', isSpent: false, share: '91' },
    { owner: 'key', keyId: 'key_soft', name: 'soft', spent: 8, amount: 10, share: '80' },
  ]);
});

test('a budget whose figures are unknown is not near, nor is that of a key that spends no more', () => {
  const keys = [
    key('unknown', [budget(null), budget(5, null)]),
    key('revoked', [budget(10)], 'revoked'),
    key('expired', [budget(10)], 'expired'),
    key('rotating', [budget(10)], 'rotating'),
  ];
  expect(nearBudgetsOf(keys, []).map(({ name }) => name)).toEqual(['rotating']);
});

test('the store and the configuration need a look while something is wrong with them', () => {
  const configuration = { source: 'a.yaml', loaded_at: 0, rejected: null, restart: [] };
  expect(gatewayConcernsOf('up', configuration)).toEqual([]);
  expect(gatewayConcernsOf('none', undefined)).toEqual([]);
  const rejected = { at: 5, problems: ['chains.default: unknown provider', 'and one more'] };
  expect(gatewayConcernsOf('down', { ...configuration, rejected, restart: ['server', 'store'] })).toMatchObject([
    { kind: 'store_down' },
    { kind: 'rejected', words: 'chains.default: unknown provider', at: 5 },
    { kind: 'restart', words: 'Changed, and not in effect: server, store' },
  ]);
});
