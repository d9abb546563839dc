import { expect, test } from 'vitest';
import type { Answer } from '../../src/attempt/answer.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { chatCompletion, chatStream, type Reply } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** Runs the chain twice, and answers with the first answer. */
const hedges: Stage = (call, scope, next) => Promise.any([next(call, scope), next(call, scope)]);

/** Runs the chain twice, and refuses once one run has answered. */
const refuses: Stage = async (call, scope, next): Promise<Answer> => {
  await hedges(call, scope, next);
  throw new GatewayError('forbidden', { message: 'not this' });
};

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
