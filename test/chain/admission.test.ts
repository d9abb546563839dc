import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Admission, AdmissionEnd, AdmissionRequest } from '../../src/limits/admission.ts';
import { chatCompletion, chatStream, openaiError, type Reply } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { HELLO, post, startRig } from '../helpers/gateway.ts';
import { principalOf } from '../helpers/principal.ts';

/** An admission that records what it was called with, and answers after a turn of the event loop as one over a network does. */
function recording(headers: Record<string, string> = {}) {
  const requests: AdmissionRequest[] = [];
  const ends: AdmissionEnd[] = [];
  const admission: Admission = {
    async reserve(request) {
      requests.push(request);
      await new Promise((resolve) => setImmediate(resolve));
      return { headers, extend: () => true, settle: (end) => void ends.push(end) };
    },
  };
  return { admission, requests, ends };
}

describe.each(Object.entries(DOORS))('through %s', (_, door) => {
  test.each<readonly [string, Reply, number | undefined]>([
    ['an answer', chatCompletion({ content: 'Hi' }), 1],
    ['a failure', openaiError(500, 'no'), undefined],
  ])('%s settles its reservation once, with what it used', async (__, reply, attempts) => {
    const { admission, requests, ends } = recording();
    await using rig = await startRig([reply], { admission });
    await door.create(rig, HELLO);
    await rig.ended();
    expect(requests).toMatchObject([{ call: { stream: false }, chain: { name: 'default' }, needs: { tools: false } }]);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.usage?.source).toBe(attempts === undefined ? undefined : 'provider');
    expect(ends[0]?.trail).toHaveLength(1);
  });

  test('a stream settles its reservation when it has ended, with the trail that says what it used', async () => {
    const { admission, ends } = recording();
    await using rig = await startRig([chatStream({ content: 'Hi' })], { admission });
    await door.stream(rig, HELLO);
    const { usage, trail, outputBytes } = await rig.ended();
    expect(ends).toMatchObject([{ usage, trail }]);
    expect(trail).toMatchObject([{ outcome: 'answered', usage }]);
    expect(outputBytes).toBeGreaterThan(0);
  });

  test('a refusal sends nothing and has its own error', async () => {
    const admission: Admission = {
      reserve: () => Promise.reject(new GatewayError('forbidden', { message: 'The budget is spent.' })),
    };
    await using rig = await startRig([chatCompletion({ content: 'never' })], { admission });
    const reply = await door.create(rig, HELLO);
    expect(reply.code).toBe('forbidden');
    expect(rig.upstreams[0]?.hits).toEqual([]);
    expect(rig.codes()).toEqual(['forbidden']);
  });
});

test('the reservation’s headers are on the answer', async () => {
  const { admission } = recording({ 'x-ratelimit-remaining-requests': '7' });
  await using rig = await startRig([chatCompletion({ content: 'Hi' })], { admission });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect([response.status, response.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '7']);
});

test('a principal uses only the models and operations that it may', async () => {
  await using rig = await startRig([chatCompletion({ content: 'Hi' })], {
    config: { aliases: { 'team/fast': 'default', other: 'default' } },
  });
  const ask = async (parts: Parameters<typeof principalOf>[1], model: string): Promise<string> => {
    const fetchLike = rig.gateway.fetchAs(principalOf('k', parts));
    const response = await post(fetchLike, 'http://x/v1/chat/completions', { ...HELLO, model });
    const { error } = (await response.json()) as { error?: { code: string } };
    return error?.code ?? 'ok';
  };
  expect(await ask({ models: ['team/*'] }, 'team/fast')).toBe('ok');
  expect(await ask({ models: ['team/*'] }, 'other')).toBe('model_not_found');
  expect(await ask({ models: ['*a*l*'] }, 'default')).toBe('ok');
  expect(await ask({ models: ['defaul'] }, 'default')).toBe('model_not_found');
  expect(await ask({ operations: ['embeddings'] }, 'default')).toBe('forbidden');
  expect(await ask({ operations: ['embeddings', 'chat.completions'] }, 'default')).toBe('ok');
});
