import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { NO_COST } from '../../src/domain/usage.ts';
import type { Admission, AdmissionEnd, AdmissionRequest, Reservation } from '../../src/limits/admission.ts';
import { chatCompletion, chatStream, openaiError, type Reply } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';

/** An admission that records its calls, and resolves after a turn of the event loop as one behind a network does. */
function recording(headers: Record<string, string> = {}) {
  const requests: AdmissionRequest[] = [];
  const ends: AdmissionEnd[] = [];
  const admission: Admission = {
    async reserve(request) {
      requests.push(request);
      await turn();
      return { headers, extend: () => true, settle: (end) => void ends.push(end) };
    },
  };
  return { admission, requests, ends };
}

/** An admission whose one reservation is decided by the test. `called` resolves when it is requested. */
function undecided() {
  const ends: AdmissionEnd[] = [];
  const called = Promise.withResolvers<void>();
  const { promise, resolve, reject } = Promise.withResolvers<Reservation>();
  const admission: Admission = {
    reserve() {
      called.resolve();
      return promise;
    },
  };
  const admit = (): void => resolve({ headers: {}, extend: () => true, settle: (end) => void ends.push(end) });
  return { admission, ends, called: called.promise, admit, reject };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function fail(): never {
  throw new TypeError('secret');
}

const FORBIDDEN = new GatewayError('forbidden', { message: 'The budget is spent.' });

test('a settlement gets the trail as the event has it, with bounded messages', async () => {
  const { admission, ends } = recording();
  const reply = openaiError(503, 'x'.repeat(60_000));
  await using rig = await startRig([reply, reply], { admission });
  await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  expect(ends[0]?.trail).toEqual((await rig.ended()).trail);
  expect(ends[0]?.trail.map(({ message }) => message?.length)).toEqual([2046, 2046]);
});

describe.each(Object.entries(DOORS))('through %s', (_, door) => {
  test.each<readonly [string, Reply, number | undefined]>([
    ['an answer', chatCompletion({ content: 'Hi' }), 1],
    ['a failure', openaiError(500, 'no'), undefined],
  ])('%s settles its reservation once, with its usage', async (__, reply, attempts) => {
    const { admission, requests, ends } = recording();
    await using rig = await startRig([reply], { admission });
    await door.create(rig, HELLO);
    await rig.ended();
    expect(requests).toMatchObject([{ call: { stream: false }, chain: { name: 'default' }, needs: { tools: false } }]);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.usage?.source).toBe(attempts === undefined ? undefined : 'provider');
    expect(ends[0]?.trail).toHaveLength(1);
  });

  test('a stream settles its reservation when it has ended, with its usage in the trail', async () => {
    const { admission, ends } = recording();
    await using rig = await startRig([chatStream({ content: 'Hi' })], { admission });
    await door.stream(rig, HELLO);
    const { usage, trail, outputBytes } = await rig.ended();
    expect(ends).toMatchObject([{ usage, trail }]);
    expect(trail).toMatchObject([{ outcome: 'answered', usage }]);
    expect(outputBytes).toBeGreaterThan(0);
  });

  test('a refusal sends nothing upstream and is the request’s error', async () => {
    const admission: Admission = { reserve: () => Promise.reject(FORBIDDEN) };
    await using rig = await startRig([chatCompletion({ content: 'never' })], { admission });
    const reply = await door.create(rig, HELLO);
    expect(reply.code).toBe('forbidden');
    expect(rig.upstreams[0]?.hits).toEqual([]);
    expect(rig.codes()).toEqual(['forbidden']);
  });

  test.each(['create', 'stream'] as const)(
    'a client that disconnects while its reservation is pending ends the request (%s); the late reservation is settled',
    async (method) => {
      const { admission, ends, called, admit } = undecided();
      await using rig = await startRig([chatStream({ content: 'never' })], { admission });
      const client = new AbortController();
      const result = door[method](rig, HELLO, { signal: client.signal }).catch(() => undefined);
      await called;
      client.abort();
      await result;
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
      admit();
      await turn();
      expect(ends).toEqual([{ usage: undefined, trail: [], cost: NO_COST }]);
      expect(rig.upstreams[0]?.hits).toEqual([]);
    },
  );

  test.each([
    ['throws', fail],
    ['rejects', async () => (await turn(), fail())],
  ])('a reservation whose `settle` %s does not change the answer, and is settled once', async (__, failing) => {
    let settled = 0;
    const settle = (): unknown => (settled++, failing());
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const admission: Admission = { reserve: () => ({ headers: {}, extend: () => true, settle }) };
    const replies = [chatCompletion({ content: 'Hi' }), chatStream({ content: 'Hi' }), openaiError(500, 'no')];
    await using rig = await startRig([replies], { admission });
    expect(await door.create(rig, HELLO)).toMatchObject({ code: 'ok' });
    expect(await door.stream(rig, HELLO)).toMatchObject({ code: 'ok' });
    expect(await door.create(rig, HELLO)).toMatchObject({ code: 'all_providers_exhausted' });
    await turn();
    await turn();
    process.off('warning', warn);
    expect(settled).toBe(3);
    expect(warnings.map(({ message }) => message)).toEqual(
      Array.from({ length: 3 }, () => 'Settling a reservation threw: TypeError.'),
    );
  });
});

test('the reservation’s headers are on the answer', async () => {
  const { admission } = recording({ 'x-ratelimit-remaining-requests': '7' });
  await using rig = await startRig([chatCompletion({ content: 'Hi' })], { admission });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect([response.status, response.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '7']);
});

test.each([
  ['answered', chatStream({ content: 'Hi' }), 'ok', 1],
  ['failed', openaiError(500, 'no'), 'all_providers_exhausted', 1],
  ['refused by admission', {}, 'forbidden', 0],
  ['cancelled by its client', {}, 'client_closed', 1],
] as const)('a stream that opened before its admission and is %s settles once', async (how, reply, code, settled) => {
  const { admission, ends, called, admit, reject } = undecided();
  const clock = fakeClock();
  await using rig = await startRig([reply], { admission, clock, chain: { openAfter: '10ms' } });
  const client = new AbortController();
  const input = { ...HELLO, stream: true };
  const early = post(fetch, `${rig.url}/v1/chat/completions`, input, { signal: client.signal });
  await called;
  clock.advance(10);
  const response = await early;
  if (code === 'client_closed') client.abort();
  else if (code === 'forbidden') reject(FORBIDDEN);
  else admit();
  const text = await response.text().catch(() => '');
  expect(await rig.ended()).toMatchObject({ code });
  admit();
  await turn();
  expect(ends).toHaveLength(settled);
  expect(ends[0]?.usage?.source).toBe(how === 'answered' ? 'estimated' : undefined);
  expect(text.includes('[DONE]')).toBe(how === 'answered');
});

const throws: Stage = async (call, scope, next) => {
  await next(call, scope);
  throw new GatewayError('forbidden', { message: 'no' });
};
const runsTwice: Stage = async (call, scope, next) => {
  await next(call, scope);
  return next(call, scope);
};

test.each([
  ['throws', throws, 'forbidden'],
  ['runs the chain twice', runsTwice, 'ok'],
] as const)('a request whose stage %s settles once', async (_, stage, code) => {
  const { admission, ends } = recording();
  await using rig = await startRig([chatStream({ content: 'Hi' })], { admission, stages: [stage] });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
  await response.text();
  expect(await rig.ended()).toMatchObject({ code });
  expect(ends).toHaveLength(1);
});

test('a request for an unknown model is recorded with what it requested', async () => {
  await using rig = await startRig([chatStream({ content: 'never' })]);
  const input = { ...HELLO, stream: true, model: 'unknown', user: 'user-7' };
  await post(fetch, `${rig.url}/v1/chat/completions`, input);
  expect(await rig.ended()).toMatchObject({
    code: 'model_not_found',
    requestedModel: 'unknown',
    stream: true,
    user: 'user-7',
    inputBytes: JSON.stringify(input).length,
  });
});

test('a principal uses only the models and operations that it may', async () => {
  await using rig = await startRig([chatCompletion({ content: 'Hi' })], {
    config: { aliases: { 'team/fast': 'default', other: 'default' } },
  });
  const codeFor = async (parts: Parameters<typeof principalOf>[1], model: string): Promise<string> => {
    const fetchLike = rig.gateway.fetchAs(principalOf('k', parts));
    const response = await post(fetchLike, 'http://x/v1/chat/completions', { ...HELLO, model });
    const { error } = (await response.json()) as { error?: { code: string } };
    return error?.code ?? 'ok';
  };
  expect(await codeFor({ models: ['team/*'] }, 'team/fast')).toBe('ok');
  expect(await codeFor({ models: ['team/*'] }, 'other')).toBe('model_not_found');
  expect(await codeFor({ models: ['*a*l*'] }, 'default')).toBe('ok');
  expect(await codeFor({ models: ['defaul'] }, 'default')).toBe('model_not_found');
  expect(await codeFor({ operations: ['embeddings'] }, 'default')).toBe('forbidden');
  expect(await codeFor({ operations: ['embeddings', 'chat.completions'] }, 'default')).toBe('ok');
});
