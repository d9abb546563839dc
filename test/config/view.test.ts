import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { viewOf } from '../../src/config/view.ts';

test('keys, headers, passwords in URLs and known secrets are hidden, and the rest is shown', () => {
  const parsed = parseConfig(
    {
      auth: { keys: [{ name: 'ci', key: 'plain-key-of-a-client' }] },
      providers: {
        a: {
          baseUrl: 'https://api.example.com/v1',
          apiKey: 'sk-secret-1',
          headers: { 'X-Org': 'org-secret-2' },
          models: { m: { parameters: { set: { token: 'known-secret-3', user: 'shown' } } } },
        },
      },
      chains: { default: { entries: ['a/m'], deadline: '5s' } },
      store: { url: 'postgres://user:p@ss-4@db.example.com/spillway?password=hunter&sslmode=require' },
      budgets: { webhook: { url: 'https://hooks.example.com/T0/path-secret-5?token=hunter', secret: 'hook-secret-6' } },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const shown = viewOf(parsed.config, (text) => text.replaceAll('known-secret-3', '***'));
  expect(JSON.stringify(shown)).not.toMatch(/secret-|ss-4|plain-key|hunter/);
  expect(shown).toMatchObject({
    auth: { keys: [{ name: 'ci', key: '***' }] },
    providers: {
      a: {
        apiKey: '***',
        headers: { 'x-org': '***' },
        models: { m: { parameters: { set: { token: '***', user: 'shown' } } } },
      },
    },
    chains: { default: { deadline: 5000 } },
    store: { url: 'postgres://***@db.example.com/spillway?password=***&sslmode=***' },
    budgets: { webhook: { url: '***', secret: '***' } },
  });
});

test('certificates are counted', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const config = { providers: { a: { ca: pem }, b: { ca: pem + pem } } } as unknown as Parameters<typeof viewOf>[0];
  expect(viewOf(config, (text) => text)).toEqual({
    providers: { a: { ca: '1 certificate' }, b: { ca: '2 certificates' } },
  });
});
