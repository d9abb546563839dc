import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { receiveConfig, sendConfig } from '../../src/workers/sent-config.ts';

const INPUT = {
  server: { port: 0, drainDelay: '10ms', cors: { origins: ['https://app.example'] } },
  store: { url: 'postgres://me:secret-of-the-store@db.example/x' },
  auth: {
    keys: [
      {
        name: 'app',
        key: 'sk-key-of-an-app-in-tests',
        expires: '2030-01-01',
        budgets: [{ amount: 5, period: 'month' }],
      },
    ],
    proxy: { from: ['10.0.0.0/8'], roles: { admin: ['me@x.example'] } },
  },
  tenants: { team: { budgets: [{ amount: 10, period: 'day' }], limits: { requestsPerMinute: 5 } } },
  budgets: { webhook: { url: 'https://hook.example/x', secret: 'secret-of-the-webhook' } },
  traces: { url: 'https://collector.example', headers: { authorization: 'secret-of-the-collector' } },
  providers: {
    a: { baseUrl: 'https://a.example/v1', apiKey: 'secret-of-provider-a', headers: { 'x-team': 'secret-of-header' } },
    b: {
      baseUrl: 'https://b.example/v1',
      apiKeys: ['secret-of-pool-1', 'secret-of-pool-2'],
      models: { m: { price: { input: 1, output: 2 } }, '*': {} },
    },
  },
  chains: { default: { entries: ['a/m', 'b/m'], deadline: '1m', queue: { maxSize: 10, maxWait: '5s' } } },
};

test('a configuration is the same at the other process, secrets included, which are hidden again', () => {
  const parsed = parseConfig(INPUT, {});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const received = receiveConfig(structuredClone(sendConfig(parsed.config)));
  expect(JSON.parse(JSON.stringify(received))).toEqual(JSON.parse(JSON.stringify(parsed.config)));
  expect(received.providers['a']?.apiKey?.reveal()).toBe('secret-of-provider-a');
  expect(JSON.stringify(received)).not.toContain('secret-of-provider-a');
  // Every secret is known as one there, so that it is redacted.
  const secrets = [...JSON.stringify(INPUT).matchAll(/secret-of-[\w-]+|sk-key-of-an-app-in-tests/g)].map(
    ([text]) => text,
  );
  expect(secrets.length).toBeGreaterThan(7);
  const { redact } = toSnapshot(received);
  for (const secret of secrets) expect([secret, redact(`x ${secret} x`)]).toEqual([secret, 'x *** x']);
});

test('an object with members of any name is not taken for a secret', () => {
  const parsed = parseConfig(
    {
      providers: { a: { baseUrl: 'https://a.example/v1', apiKey: 'secret-of-provider-a' } },
      chains: {
        default: { entries: [{ provider: 'a', model: 'm', parameters: { set: { extra: { secret: 'x' } } } }] },
      },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(JSON.parse(JSON.stringify(receiveConfig(sendConfig(parsed.config)).chains))).toEqual(
    JSON.parse(JSON.stringify(parsed.config.chains)),
  );
});
