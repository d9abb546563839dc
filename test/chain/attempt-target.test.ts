import { expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const usage = { prompt_tokens: 3, completion_tokens: 400, total_tokens: 403 };
const WITH_USAGE: Reply = { body: { ...(chatCompletion({ content: 'ok' }).body as object), usage } };
const SILENT: Reply = { chunks: [], end: 'hang' };
const provider = { limits: { tokensPerDay: 100_000 } };

const request = (rig: Rig, signal?: AbortSignal): Promise<unknown> =>
  post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO, signal === undefined ? {} : { signal });

async function usedIn(rig: Rig): Promise<number | undefined> {
  return (await rig.gateway.caller.limits.list()).data[0]?.windows[0]?.used;
}

test('a request whose client disconnects before the reply is counted with the usual length of an answer', async () => {
  await using rig = await startRig([[WITH_USAGE, SILENT]], { provider, clock: fakeClock() });
  await request(rig);
  const before = (await usedIn(rig)) ?? 0;
  const client = new AbortController();
  const aborted = request(rig, client.signal).catch(() => 'aborted');
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
  client.abort();
  expect([await aborted, before]).toEqual(['aborted', 403]);
  await rig.ended(1);
  expect(await usedIn(rig)).toBe(before + 403);
});

test('a refusal costs no tokens', async () => {
  await using rig = await startRig([[WITH_USAGE, openaiError(503, 'busy')]], { provider, clock: fakeClock() });
  await request(rig);
  await request(rig);
  expect([rig.upstreams[0]?.hits.length, await usedIn(rig)]).toEqual([2, 403]);
});

test('a second try that the gateway has no resources for costs no tokens beside the first one’s', async () => {
  const refusal = openaiError(400, "Unsupported parameter: 'stream_options'");
  // Each try needs a connection of its own.
  const script = [WITH_USAGE, refusal].map((reply) => ({ ...reply, headers: { connection: 'close' } }));
  await using upstream = await startScriptedUpstream({ script });
  const exhausted = Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  await using rig = await startRig([], {
    clock: fakeClock(),
    lookup: (_, __, callback) => {
      if (upstream.hits.length < 2) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(exhausted, []);
    },
    config: {
      providers: { a: { ...provider, baseUrl: `http://a.test:${upstream.port}/v1`, apiKey: 'none', private: true } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  await request(rig);
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
  expect([response.status, upstream.hits.length, await usedIn(rig)]).toEqual([503, 2, 403]);
});
