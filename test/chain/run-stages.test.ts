import { expect, test } from 'vitest';
import type { Answer } from '../../src/attempt/answer.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { chatCompletion, chatStream, type Reply } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { DOORS } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** Runs the chain twice, and answers with the first answer. */
const hedges: Stage = (call, scope, next) => Promise.any([next(call, scope), next(call, scope)]);

/** Runs the chain twice, and refuses once one run has answered. */
const refuses: Stage = async (call, scope, next): Promise<Answer> => {
  await hedges(call, scope, next);
  throw new GatewayError('forbidden', { message: 'not this' });
};

/** US dollars per million tokens. */
const PRICED = { models: { '*': { price: { input: 2, output: 0 } } } };
const HANGS: Reply = { head: false, end: 'hang' };
/** The first request gets no reply, the second one is answered. */
const second =
  (reply: Reply) =>
  (_: unknown, n: number): Reply =>
    n === 0 ? HANGS : reply;

test.each([
  ['JSON', 'create', chatCompletion({ content: 'ok' }), hedges, 'ok'],
  ['a stream', 'stream', chatStream({ content: 'ok' }), hedges, 'ok'],
  ['JSON that a stage refuses', 'create', chatCompletion({ content: 'ok' }), refuses, 'forbidden'],
  ['a stream that a stage refuses', 'stream', chatStream({ content: 'ok' }), refuses, 'forbidden'],
] as const)('the hedged attempt that is still in progress is aborted after %s', async (_, kind, reply, stage, code) => {
  await using rig = await startRig([second(reply)], { stages: [stage] });
  expect(await DOORS['REST over HTTP']?.[kind](rig, HELLO)).toMatchObject({ code });
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2 && hits[0]?.closedAt !== undefined);
  expect(rig.finished().map((event) => event.code)).toEqual([code]);
});

test.each([
  ['JSON', 'create', chatCompletion({ content: 'ok' }), hedges, 'ok'],
  ['a stream', 'stream', chatStream({ content: 'ok' }), hedges, 'ok'],
  ['JSON that a stage refuses', 'create', chatCompletion({ content: 'ok' }), refuses, 'forbidden'],
  ['a stream that a stage refuses', 'stream', chatStream({ content: 'ok' }), refuses, 'forbidden'],
] as const)('what the aborted attempt costs is in the record of %s', async (_, kind, reply, stage, code) => {
  await using rig = await startRig([second(reply)], { stages: [stage], provider: PRICED });
  expect(await DOORS['REST over HTTP']?.[kind](rig, HELLO)).toMatchObject({ code });
  const { trail, cost } = await rig.ended();
  expect(trail.map(({ outcome }) => outcome).toSorted()).toEqual(['answered', 'cancelled']);
  expect(cost.nano).toBe(trail.reduce((sum, { costNano = 0 }) => sum + costNano, 0));
  expect(trail.every(({ costNano = 0 }) => costNano > 0)).toBe(true);
});

test('a client that disconnects during a stream leaves the cost of the run beside it in the record', async () => {
  const started: Reply = { headers: STREAM, chunks: [ROLE, HI], end: 'hang' };
  await using rig = await startRig([second(started)], { stages: [hedges], provider: PRICED });
  const controller = new AbortController();
  const { signal } = controller;
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true }, { signal });
  await response.body?.getReader().read();
  controller.abort();
  const { code, trail } = await rig.ended();
  expect(code).toBe('client_closed');
  expect(new Set(trail.map(({ outcome, costNano = 0 }) => `${outcome} ${costNano > 0}`))).toEqual(
    new Set(['answered true', 'cancelled true']),
  );
});
