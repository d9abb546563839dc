import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/open.ts';
import { chatCompletion, openaiError, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const EXHAUSTED: Reply = openaiError(
  429,
  'Rate limit reached on requests per day (RPD): Limit 5, Used 5. Please try again in 3h.',
);
const SLOW: Reply = openaiError(429, 'slow', { headers: { 'retry-after': '30' } });
const START = Date.parse('2026-11-25T08:00:00Z');

/** Two upstreams and a store in one file. Each call of `open` starts a gateway over them. */
async function startStored(first: Reply, limits: { requestsPerDay?: number } = {}) {
  const a = await startScriptedUpstream({ script: [first, OK] });
  const b = await startScriptedUpstream({ script: OK });
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), 'spillway-restart-')), 'store.db')}`;
  const clock = fakeClock(START);
  return {
    a,
    b,
    clock,
    url,
    open: () =>
      createGateway(
        {
          providers: {
            a: { baseUrl: a.baseUrl, apiKey: 'key-of-a', limits },
            b: { baseUrl: b.baseUrl, apiKey: 'key-of-b' },
          },
          chains: { default: { entries: ['a/m', 'b/m'] } },
          store: { url },
        },
        { clock, environment: {} },
      ),
    async [Symbol.asyncDispose]() {
      await a.close();
      await b.close();
    },
  };
}

async function send(gateway: Awaited<ReturnType<typeof createGateway>>): Promise<string | null> {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return response.headers.get('x-spillway-provider');
}

test('an exhausted daily quota that a provider reports survives a restart, until its reset', async () => {
  await using stored = await startStored(EXHAUSTED);
  {
    await using gateway = await stored.open();
    expect(await send(gateway)).toBe('b');
  }
  await using gateway = await stored.open();
  expect(await send(gateway)).toBe('b');
  expect(stored.a.hits).toHaveLength(1);
  stored.clock.advance(3 * 3600_000 + 1);
  expect(await send(gateway)).toBe('a');
});

test('a daily quota that is exhausted by the gateway’s own count survives a restart', async () => {
  await using stored = await startStored(OK, { requestsPerDay: 2 });
  {
    await using gateway = await stored.open();
    expect([await send(gateway), await send(gateway), await send(gateway)]).toEqual(['a', 'a', 'b']);
  }
  await using gateway = await stored.open();
  expect(await send(gateway)).toBe('b');
  expect(stored.a.hits).toHaveLength(2);
});

test('a cooldown of less than a minute does not survive a restart', async () => {
  await using stored = await startStored(SLOW);
  {
    await using gateway = await stored.open();
    expect(await send(gateway)).toBe('b');
  }
  await using gateway = await stored.open();
  expect(await send(gateway)).toBe('a');
});
