import { expect, test } from 'vitest';
import { openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const HANGS: Reply = { head: false, end: 'hang' };
const REFUSES = openaiError(400, "Unsupported parameter: 'stream_options'.", { code: 'unsupported_parameter' });

/** Refuses the gateway's own parameter once `gate` resolves, and does not reply to a request without it. */
function refusesLater(gate: Promise<void>) {
  return async (request: ScriptedRequest): Promise<Reply> => {
    if (!request.body.includes('stream_options')) return HANGS;
    await gate;
    return REFUSES;
  };
}

test('the retry without the gateway’s own parameter gets only the remaining time of the first request', async () => {
  const clock = fakeClock();
  const gate = Promise.withResolvers<void>();
  await using rig = await startRig([refusesLater(gate.promise)], { clock, chain: { deadline: '10s' } });
  const response = post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
  const [upstream] = rig.upstreams;
  await upstream?.until(({ hits }) => hits.length === 1);
  clock.advance(6000);
  gate.resolve();
  await upstream?.until(({ hits }) => hits.length === 2);
  clock.advance(3999);
  expect(rig.finished()).toEqual([]);
  clock.advance(1);
  expect((await response).status).toBe(504);
  expect(await rig.ended()).toMatchObject({ code: 'deadline_exceeded', totalMs: 10_000 });
});
