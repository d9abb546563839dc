import { expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { chatStream } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { HELLO, startRig } from '../helpers/gateway.ts';

const CHUNK = { id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'cached' } }] };

async function* chunks(): AsyncGenerator {
  yield CHUNK;
}

/** A stage that answers a stream by itself, as a cache would. */
const cache: Stage = () => Promise.resolve({ kind: 'stream', stream: fromIterable(chunks(), () => undefined) });
/** One that does nothing. */
const looks: Stage = (call, scope, next) => next(call, scope);

test.each(Object.entries(DOORS))(
  'through %s a stream of a stage’s own is answered, and its end told once',
  async (_, door) => {
    await using rig = await startRig([chatStream({ content: 'never' })], { stages: [cache] });
    const told = await door.stream(rig, HELLO);
    expect([told.code, told.chunks]).toEqual(['ok', [CHUNK]]);
    expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'none' });
    expect(rig.finished()).toHaveLength(1);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    // Nothing runs any more, so there is no grace to wait for.
    await rig.gateway.close(60_000);
  },
);

test('a stage that hands on the chain’s own stream tells its end no second time', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true })], { stages: [looks] });
  await DOORS['REST over HTTP']?.stream(rig, HELLO);
  expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'provider' });
  expect(rig.finished()).toHaveLength(1);
});
