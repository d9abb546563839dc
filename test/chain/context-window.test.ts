import { expect, test } from 'vitest';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const refusal = (message: string) => openaiError(400, message, { code: 'context_length_exceeded' });

async function hitsOf(rig: Rig): Promise<number[]> {
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  expect([response.status, response.headers.get('x-spillway-provider')]).toEqual([200, 'd']);
  return rig.upstreams.map(({ hits }) => hits.length);
}

/** Entries b, c and d: b has a context window of `tokens`, c a smaller and d a larger one. */
const others = (tokens: number) => ({
  b: { models: { 'model-b': { contextTokens: tokens } } },
  c: { models: { 'model-c': { contextTokens: tokens - 1 } } },
  d: { models: { 'model-d': { contextTokens: tokens + 1 } } },
});

test('after a refusal that names a context window, only entries with a larger one are tried', async () => {
  const refused = refusal("This model's maximum context length is 8192 tokens.");
  await using rig = await startRig([refused, OK, OK, OK], { providers: others(8192) });
  expect(await hitsOf(rig)).toEqual([1, 0, 0, 1]);
});

test('if the refusal names no context window, the configured one of its entry counts', async () => {
  const a = { models: { 'model-a': { contextTokens: 4000 } } };
  await using rig = await startRig([refusal('The prompt is too long.'), OK, OK, OK], {
    providers: { a, ...others(4000) },
  });
  expect(await hitsOf(rig)).toEqual([1, 0, 0, 1]);
});

test('an entry whose context window is not configured is tried', async () => {
  const refused = refusal("This model's maximum context length is 8192 tokens.");
  await using rig = await startRig([refused, OK], {});
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  expect(response.headers.get('x-spillway-provider')).toBe('b');
});
