import { expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError, type Reply } from '../../src/testing/index.ts';
import { HI, JSON_TYPE, ROLE, STREAM } from '../doors/replies.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const LIMITS = { requestsPerDay: 100, tokensPerDay: 100_000, concurrency: 1 };
const OK = chatCompletion({ content: 'ok' });
const STREAMS = chatStream({ content: 'ok' });

async function send(rig: Rig, stream: boolean): Promise<void> {
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream });
  await response.text();
}

async function statusOf(rig: Rig) {
  const [row] = (await rig.gateway.caller.limits.list()).data;
  const used = (name: string): number | undefined => row?.windows.find(({ window }) => window === name)?.used;
  return { running: row?.running, requests: used('requestsPerDay'), tokens: used('tokensPerDay') };
}

/** Failures after a request was sent, before and after the commit. `free`: it was a refusal, which costs no tokens. */
const FAILURES: Readonly<Record<string, { readonly reply: Reply; readonly stream: boolean; readonly free: boolean }>> =
  {
    'a refusal': { reply: openaiError(503, 'busy'), stream: false, free: true },
    'a refusal of a stream': { reply: openaiError(503, 'busy'), stream: true, free: true },
    'a reply that is cut off': {
      reply: { headers: JSON_TYPE, body: '{"id":', end: 'rst' },
      stream: false,
      free: false,
    },
    'a stream without a token': { reply: { headers: STREAM, chunks: [ROLE] }, stream: true, free: false },
    'a stream that is cut off after a token': {
      reply: { headers: STREAM, chunks: [ROLE, HI] },
      stream: true,
      free: false,
    },
  };

test.each(Object.entries(FAILURES))(
  '%s counts as one request, and nothing remains reserved',
  async (_, { reply, stream, free }) => {
    const providers = { a: { limits: LIMITS } };
    await using rig = await startRig([reply, stream ? STREAMS : OK], { providers, clock: fakeClock() });
    for (const n of [1, 2, 3]) {
      // A reservation that remained would occupy the only slot of the entry, and the next request would skip it.
      await send(rig, stream);
      const { running, requests, tokens = 0 } = await statusOf(rig);
      expect([rig.upstreams[0]?.hits.length, running, requests, tokens === 0]).toEqual([n, 0, n, free]);
    }
  },
);

test('an attempt that was never sent does not count', async () => {
  const providers = { a: { limits: LIMITS, baseUrl: 'http://127.0.0.1:1/v1' } };
  await using rig = await startRig([OK, OK], { providers, clock: fakeClock() });
  await send(rig, false);
  expect(await statusOf(rig)).toEqual({ running: 0, requests: 0, tokens: 0 });
});
