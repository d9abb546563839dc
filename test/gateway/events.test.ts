import { expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const USAGE = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6, cost: 0.00002 };

test('a finished request reports what was requested, when, and what it used and cost', async () => {
  const body = { ...HELLO, user: 'u-1' };
  await using rig = await startRig([openaiError(500, 'no'), { body: { ...completion(), usage: USAGE } }]);
  const before = Date.now();
  const answer = await post(fetch, `${rig.url}/v1/chat/completions`, body);
  const text = await answer.text();
  const event = await rig.ended();
  expect(event).toMatchObject({
    seq: 1,
    principal: 'local',
    keyId: 'local',
    tenant: '',
    stream: false,
    requestedModel: 'default',
    user: 'u-1',
    tags: [],
    traceId: undefined,
    cost: { nano: 20_000, source: 'provider', approximate: false },
    usage: { input: 4, output: 2, cost: 0.00002 },
    inputBytes: Buffer.byteLength(JSON.stringify(body)),
    outputBytes: Buffer.byteLength(text),
  });
  expect(event.acceptedAt).toBeGreaterThan(before - 1000);
  const [failed, answered] = event.trail;
  expect([failed?.outcome, failed?.usage, answered?.outcome, answered?.costNano]).toEqual([
    'overloaded',
    undefined,
    'answered',
    20_000,
  ]);
  expect(answered?.startedMs).toBeGreaterThanOrEqual((failed?.startedMs ?? 0) + (failed?.durationMs ?? 0));
  expect(answered?.firstTokenMs).toBeUndefined();
});

test('a stream’s step has the time to its commit, and its usage once it has ended', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi' })]);
  await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true })).text();
  const { stream, trail, usage, committedMs } = await rig.ended();
  const [step] = trail;
  expect([stream, step?.usage]).toEqual([true, usage]);
  expect(step?.firstTokenMs).toBe(step?.durationMs);
  expect(committedMs).toBeGreaterThanOrEqual(step?.firstTokenMs ?? Infinity);
});

test('requests are numbered in the order of their ends, whatever ids their clients send', async () => {
  await using rig = await startRig([chatCompletion({ content: 'Hi' })]);
  const headers = { 'x-request-id': 'same' };
  for (let n = 0; n < 3; n++) await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers })).text();
  await rig.ended(2);
  expect(rig.finished().map(({ clientRequestId, seq }) => [clientRequestId, seq])).toEqual([
    ['same', 1],
    ['same', 2],
    ['same', 3],
  ]);
});

test('the attempts in an error body have no times, usage or cost except the duration', async () => {
  await using rig = await startRig([openaiError(500, 'no')]);
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  const { error } = (await response.json()) as { error: { attempts: object[] } };
  expect(error.attempts.map((step) => Object.keys(step))).toEqual([
    ['provider', 'model', 'outcome', 'status', 'duration_ms'],
  ]);
});

test('a gateway uses its own random numbers, so that the same numbers give the same order', async () => {
  // The entry with the smallest number is the first.
  expect(await firstByWeight([0.1, 0.9])).toBe('a');
  expect(await firstByWeight([0.9, 0.1])).toBe('b');
});

async function firstByWeight(numbers: readonly number[]): Promise<string | null> {
  const remaining = [...numbers];
  const scripts = [chatCompletion({ content: 'Hi' }), chatCompletion({ content: 'Hi' })];
  await using rig = await startRig(scripts, { chain: { policy: 'weighted' }, random: () => remaining.shift() ?? 0.5 });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  return response.headers.get('x-spillway-provider');
}

function completion(): object {
  return {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  };
}
