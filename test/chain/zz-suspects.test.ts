import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Admission, AdmissionEnd, Reservation } from '../../src/limits/admission.ts';
import { chatCompletion, chatStream, openaiError } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS } from '../helpers/doors.ts';
import { HELLO, post, startRig } from '../helpers/gateway.ts';

const REST = DOORS['REST over HTTP']!;

function pending() {
  const ends: AdmissionEnd[] = [];
  const asked = Promise.withResolvers<void>();
  const { promise, resolve, reject } = Promise.withResolvers<Reservation>();
  const admission: Admission = {
    reserve() {
      asked.resolve();
      return promise;
    },
  };
  const admit = (): void => resolve({ headers: {}, extend: () => true, settle: (end) => void ends.push(end) });
  return { admission, ends, asked: asked.promise, admit, reject };
}

describe.each(Object.entries(DOORS))('%s', (_, door) => {
  test.each(['create', 'stream'] as const)('throwing settle: %s', async (way) => {
    let settled = 0;
    const admission: Admission = {
      reserve: () => ({
        headers: {},
        extend: () => true,
        settle() {
          settled++;
          throw new Error('secret');
        },
      }),
    };
    await using rig = await startRig([way === 'create' ? chatCompletion({ content: 'Hi' }) : chatStream({ content: 'Hi' })], { admission });
    const result = await door[way](rig, HELLO);
    expect(result.code).toBe('ok');
    expect(settled).toBe(1);
    expect((await rig.ended()).code).toBe('ok');
  }, 5000);

  test.each(['create', 'stream'] as const)('pending reserve, client disconnects: %s', async (way) => {
    const { admission, ends, asked, admit } = pending();
    await using rig = await startRig([chatStream({ content: 'Hi' })], { admission });
    const client = new AbortController();
    const r = door[way](rig, HELLO, { signal: client.signal }).catch(() => undefined);
    await asked;
    client.abort();
    await r;
    expect((await rig.ended()).code).toBe('client_closed');
    admit();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toMatchObject([{ usage: undefined, trail: [] }]);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  }, 5000);
});

test('early: reserve pending, then all endings', async () => {
  for (const ending of ['ok', 'fail', 'reject', 'gone'] as const) {
    const { admission, ends, asked, admit, reject } = pending();
    const clock = fakeClock();
    await using rig = await startRig([ending === 'fail' ? openaiError(500, 'x') : chatStream({ content: 'Hi' })], {
      admission,
      clock,
      chain: { openAfter: '10ms' },
    });
    const client = new AbortController();
    const p = post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true }, { signal: client.signal });
    await asked;
    clock.advance(10);
    const response = await p;
    if (ending === 'gone') client.abort();
    else if (ending === 'reject') reject(new GatewayError('forbidden', { message: 'no' }));
    else admit();
    const text = await response.text().catch(() => 'aborted');
    const event = await rig.ended();
    if (ending === 'gone') admit();
    await new Promise((resolve) => setImmediate(resolve));
    console.log(ending, JSON.stringify(text), event.code, ends.length, ends[0]?.usage);
  }
}, 8000);

test('unknown model facts', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi' })]);
  await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true, model: 'nope', user: 'u' });
  expect(await rig.ended()).toMatchObject({ requestedModel: 'nope', stream: true, user: 'u', inputBytes: expect.any(Number) });
});

test('usage on own step', async () => {
  const both: Stage = async (call, scope, next) => {
    const first = await next(call, scope);
    await next(call, scope);
    return first;
  };
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true, delay: 5 })], { stages: [both] });
  await REST.stream(rig, HELLO);
  const { trail } = await rig.ended();
  expect(trail.map(({ usage }) => usage?.output)).toEqual([12, undefined]);
});
