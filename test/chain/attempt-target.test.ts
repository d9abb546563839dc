import { expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const usage = { prompt_tokens: 3, completion_tokens: 400, total_tokens: 403 };
const COUNTED: Reply = { body: { ...(chatCompletion({ content: 'ok' }).body as object), usage } };
const SILENT: Reply = { chunks: [], end: 'hang' };
const provider = { limits: { tokensPerDay: 100_000 } };

const ask = (rig: Rig, signal?: AbortSignal): Promise<unknown> =>
  post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO, signal === undefined ? {} : { signal });

async function usedIn(rig: Rig): Promise<number | undefined> {
  return (await rig.gateway.caller.limits.list()).data[0]?.windows[0]?.used;
}

test('who leaves before anything was told is counted with as long an answer as there usually is', async () => {
  await using rig = await startRig([[COUNTED, SILENT]], { provider, clock: fakeClock() });
  await ask(rig);
  const before = (await usedIn(rig)) ?? 0;
  const caller = new AbortController();
  const asking = ask(rig, caller.signal).catch(() => 'left');
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
  caller.abort();
  expect([await asking, before]).toEqual(['left', 403]);
  await rig.ended(1);
  expect(await usedIn(rig)).toBe(before + 403);
});

test('a refusal has cost no tokens', async () => {
  await using rig = await startRig([[COUNTED, openaiError(503, 'busy')]], { provider, clock: fakeClock() });
  await ask(rig);
  await ask(rig);
  expect([rig.upstreams[0]?.hits.length, await usedIn(rig)]).toEqual([2, 403]);
});
