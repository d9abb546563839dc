import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/open.ts';
import { chatCompletion, openaiError, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO, post } from '../helpers/gateway.ts';

const OK = chatCompletion({ content: 'ok' });
const SPENT: Reply = openaiError(
  429,
  'Rate limit reached on requests per day (RPD): Limit 5, Used 5. Please try again in 3h.',
);
const SLOW: Reply = openaiError(429, 'slow', { headers: { 'retry-after': '30' } });
const START = Date.parse('2026-11-25T08:00:00Z');

/** A gateway over two upstreams that keeps what it knows in one file, for as many lives as it is opened. */
async function lives(first: Reply, limits: { requestsPerDay?: number } = {}) {
  const a = await startScriptedUpstream({ script: [first, OK] });
  const b = await startScriptedUpstream({ script: OK });
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), 'spillway-lives-')), 'store.db')}`;
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

async function ask(gateway: Awaited<ReturnType<typeof createGateway>>): Promise<string | null> {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return response.headers.get('x-spillway-provider');
}

test('a spent day that a vendor has told of is not asked again after a restart, and is when it is over', async () => {
  await using life = await lives(SPENT);
  {
    await using gateway = await life.open();
    expect(await ask(gateway)).toBe('b');
  }
  await using gateway = await life.open();
  expect(await ask(gateway)).toBe('b');
  expect(life.a.hits).toHaveLength(1);
  life.clock.advance(3 * 3600_000 + 1);
  expect(await ask(gateway)).toBe('a');
});

test('a day that was spent by our own count is not either', async () => {
  await using life = await lives(OK, { requestsPerDay: 2 });
  {
    await using gateway = await life.open();
    expect([await ask(gateway), await ask(gateway), await ask(gateway)]).toEqual(['a', 'a', 'b']);
  }
  await using gateway = await life.open();
  expect(await ask(gateway)).toBe('b');
  expect(life.a.hits).toHaveLength(2);
});

test('a cooldown of less than a minute is forgotten', async () => {
  await using life = await lives(SLOW);
  {
    await using gateway = await life.open();
    expect(await ask(gateway)).toBe('b');
  }
  await using gateway = await life.open();
  expect(await ask(gateway)).toBe('a');
});
