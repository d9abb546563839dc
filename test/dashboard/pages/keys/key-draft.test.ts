import type { BudgetShown, Key } from 'spillway/client';
import { expect, test } from 'vitest';
import { draftOfKey, NEW_KEY, readKey } from '../../../../dashboard/pages/keys/key-draft.ts';

function budget(change: Partial<BudgetShown> = {}): BudgetShown {
  return {
    amount_usd: 50,
    period: 'month',
    time_zone: 'UTC',
    soft: 0.9,
    models: ['groq/*'],
    on_unknown_price: 'allow',
    on_overrun: 'cut',
    spent_usd: 1,
    reserved_usd: 0,
    remaining_usd: 49,
    resets_at: null,
    ...change,
  };
}

const KEY: Pick<Key, 'name' | 'role' | 'tenant' | 'chains' | 'models' | 'note' | 'limits' | 'budgets'> = {
  name: 'ci',
  role: 'viewer',
  tenant: 'acme',
  chains: ['default', 'fast'],
  models: null,
  note: null,
  limits: { concurrency: { limit: 8, remaining: 7, resets_at: null } },
  budgets: [budget(), budget({ period: 'total', models: null, amount_usd: 900 })],
};
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form reads these members only
const key = KEY as Key;

test('the fields of a key that is not changed send what it has', () => {
  expect(readKey(draftOfKey(key), key)).toEqual({
    input: {
      name: 'ci',
      role: 'viewer',
      chains: ['default', 'fast'],
      models: null,
      note: null,
      limits: { concurrency: 8 },
      budgets: [
        {
          amount_usd: 50,
          period: 'month',
          time_zone: 'UTC',
          soft: 0.9,
          models: ['groq/*'],
          on_unknown_price: 'allow',
          on_overrun: 'cut',
        },
        { amount_usd: 900, period: 'total', time_zone: 'UTC', soft: 0.9, on_unknown_price: 'allow', on_overrun: 'cut' },
      ],
    },
    problems: {},
  });
});

test('an emptied field removes its member, and of the budgets the first one', () => {
  const draft = draftOfKey(key);
  const { input } = readKey(
    {
      ...draft,
      chains: ' , ',
      allowance: { ...draft.allowance, amount: '', limits: { ...draft.allowance.limits, concurrency: '' } },
    },
    key,
  );
  expect(input).toMatchObject({ chains: null, limits: null, budgets: [{ period: 'total' }] });
});

test('an emptied time zone is UTC, also where the budget had another one', () => {
  const berlin = { ...key, budgets: [budget({ time_zone: 'Europe/Berlin' })] };
  const draft = draftOfKey(berlin);
  expect(draft.allowance.timeZone).toBe('Europe/Berlin');
  const { input } = readKey({ ...draft, allowance: { ...draft.allowance, timeZone: ' ' } }, berlin);
  expect(input.budgets).toMatchObject([{ amount_usd: 50, time_zone: 'UTC' }]);
});

test('wrong fields are problems by the names of their members', () => {
  const { allowance } = NEW_KEY;
  const wrong = {
    ...allowance,
    amount: 'much',
    limits: { ...allowance.limits, tokens_per_day: '1.5', concurrency: '0' },
  };
  expect(Object.keys(readKey({ ...NEW_KEY, allowance: wrong }).problems).toSorted()).toEqual([
    'budgets.0.amount_usd',
    'limits.concurrency',
    'limits.tokens_per_day',
    'name',
  ]);
});

test('an end is sent only where one is written', () => {
  expect(readKey(NEW_KEY).input).not.toHaveProperty('expires_in');
  expect(readKey({ ...NEW_KEY, expiresIn: ' 90d ' }).input.expires_in).toBe('90d');
});
