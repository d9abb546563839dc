import type { ProviderStatus } from 'spillway/client';
import { expect, test } from 'vitest';
import { modelsOf, newestFailures } from '../../../../dashboard/pages/providers/models.ts';

function status(values: Partial<ProviderStatus>): ProviderStatus {
  return {
    id: 'groq/llama',
    object: 'provider.status',
    provider: 'groq',
    model: 'llama',
    key: null,
    state: 'ready',
    reason: null,
    retry_at: null,
    running: 0,
    last_minute: { attempts: 0, success_rate: null },
    last_hour: { attempts: 0, success_rate: null },
    first_token_ms: null,
    last_failures: [],
    price: null,
    ...values,
  };
}

test('the keys of a pool are one model, in the state of the best of them', () => {
  const [model, ...others] = modelsOf([
    status({ key: 1, state: 'failing', last_hour: { attempts: 3, success_rate: 1 / 3 } }),
    status({ key: 2, state: 'cooling_down', retry_at: 9 }),
    status({ key: 3, state: 'cooling_down', retry_at: 5, last_hour: { attempts: 10, success_rate: 0.9 } }),
  ]);
  expect(others).toEqual([]);
  expect(model).toMatchObject({ ready: 0, best: { key: 3 }, lastHour: { attempts: 13, answered: 10 } });
});

test('a key that refuses what others answer can be tried', () => {
  const [model] = modelsOf([status({ key: 1, state: 'refusing' }), status({ key: 2, state: 'limited', retry_at: 1 })]);
  expect(model).toMatchObject({ ready: 1, best: { key: 1 } });
});

test('the first token is that of the busiest key with streams', () => {
  const [model] = modelsOf([
    status({ key: 1, last_hour: { attempts: 9, success_rate: 1 } }),
    status({ key: 2, last_hour: { attempts: 3, success_rate: 1 }, first_token_ms: { p50: 30, p95: 40 } }),
    status({ key: 3, last_hour: { attempts: 5, success_rate: 1 }, first_token_ms: { p50: 50, p95: 60 } }),
  ]);
  expect(model?.firstToken).toEqual({ p50: 50, p95: 60 });
  expect(modelsOf([status({})])[0]?.firstToken).toBeNull();
});

test('models stay in the order of the gateway', () => {
  const rows = [status({ model: 'b' }), status({ model: 'a' }), status({ model: '*', state: null })];
  expect(modelsOf(rows).map(({ model }) => model)).toEqual(['b', 'a', '*']);
});

function failure(at: number): ProviderStatus['last_failures'][number] {
  return { at, outcome: 'silent', status: null, request_id: `req_${at}` };
}

test('the newest failures of all rows come first', () => {
  const rows = [
    status({ model: 'a', last_failures: [failure(5), failure(1)] }),
    status({ model: 'b', key: 2, last_failures: [failure(3)] }),
  ];
  expect(newestFailures(rows, 2)).toEqual([
    { provider: 'groq', model: 'a', key: null, failure: failure(5) },
    { provider: 'groq', model: 'b', key: 2, failure: failure(3) },
  ]);
});
