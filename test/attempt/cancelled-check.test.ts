import { describe, expect, test } from 'vitest';
import type { AttemptResult } from '../../src/attempt/answer.ts';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import type { AnswerCheck } from '../../src/domain/answer-check.ts';
import { withAnswerCheck } from '../../src/domain/call.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { chatCompletion, chatStream, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { fakeClock } from '../helpers/clock.ts';
import { callOf } from '../helpers/call.ts';
import { targetOf } from '../helpers/target.ts';

/** Attempts once with a check, which may cancel the request. */
async function attempted(
  reply: Reply,
  stream: boolean,
  checkOf: (cancel: () => void) => AnswerCheck,
  clock: Clock = systemClock,
): Promise<AttemptResult> {
  await using upstream = await startScriptedUpstream({ script: reply });
  const pools = createPools();
  const { origin } = new URL(upstream.baseUrl);
  const controller = new AbortController();
  const check = checkOf(() => controller.abort());
  const result = await attempt(
    { transport: createTransport(pools), clock, codecOf: () => openaiChat, inCohort: createCohort() },
    {
      call: withAnswerCheck(callOf({ input: { messages: [] }, stream }), check),
      target: targetOf({
        baseUrl: upstream.baseUrl,
        endpoint: { origin, private: true, ca: undefined, id: upstream.baseUrl },
      }),
      timeouts: { connect: 5000, headers: 5000, firstToken: 9000, streamStart: 9000, idle: 9000, total: 9000 },
      commitWithin: 9000,
      gate: commitGate('first-token', check),
      redact: (text) => text,
      headers: {},
      signal: controller.signal,
      listener: {},
    },
    new Set(),
  );
  await pools.close();
  return result;
}

const checkWith = (problemOf: AnswerCheck['problemOf']): AnswerCheck => ({ attempts: 0, problemOf });

const content = 'Hello to you';
const REPLIES: readonly [string, Reply, boolean][] = [
  ['JSON', chatCompletion({ content }), false],
  ['a stream', chatStream({ content }), true],
  ['a stream whose connection stays open', { ...chatStream({ content }), end: 'hang' }, true],
];

describe.each(REPLIES)('the check of %s', (_, reply, stream) => {
  test('ends with its request', async () => {
    let steps = 0;
    const result = await attempted(reply, stream, (cancel) =>
      checkWith(function* endless() {
        for (;;) {
          // The first turn of the event loop ends after 8 ms.
          if (++steps === 1) setImmediate(cancel);
          yield;
        }
      }),
    );
    expect(result).toMatchObject({ kind: 'failed', failure: { kind: 'cancelled' }, used: { source: 'estimated' } });
    const before = steps;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => void setImmediate(resolve));
    expect(steps).toBe(before);
  });

  test.each([true, false])('that throws fails the attempt only (at once: %s)', async (atOnce) => {
    const result = await attempted(reply, stream, () =>
      checkWith(function* broken() {
        const until = performance.now() + 20;
        if (!atOnce) while (performance.now() < until) yield;
        throw new RangeError('broken');
      }),
    );
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { kind: 'malformed', message: 'The reply cannot be read (RangeError).' },
    });
  });

  test('that passes in a later turn commits the answer', async () => {
    const result = await attempted(reply, stream, () =>
      checkWith(function* slow() {
        const until = performance.now() + 20;
        while (performance.now() < until) yield;
        return undefined;
      }),
    );
    expect(result.kind).toBe('answered');
  });
});

test('a check that throws when a timer ends the stream fails the attempt only', async () => {
  const clock = fakeClock();
  const reply: Reply = { ...chatStream({ content, done: false }), end: 'hang' };
  const check = checkWith(function* broken() {
    yield;
    throw new RangeError('broken');
  });
  const attempting = attempted(reply, true, () => check, clock);
  // The attempt's own timer, and that of the end mark which does not come.
  while (clock.waiting() < 2) await new Promise((resolve) => void setImmediate(resolve));
  clock.advance(5000);
  expect(await attempting).toMatchObject({ kind: 'failed', failure: { kind: 'malformed' } });
});
