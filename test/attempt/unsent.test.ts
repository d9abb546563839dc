import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

test('a request that the transport cannot begin is a failure of the entry, and leaves no timer and no listener', async () => {
  const clock = fakeClock();
  const { signal } = new AbortController();
  const result = await attempt(
    {
      transport: () => {
        throw new TypeError('the key is sk-secret');
      },
      clock,
      codecOf: () => openaiChat,
      inCohort: createCohort(),
    },
    {
      call: callOf({ input: { messages: [] } }),
      target: targetOf(),
      timeouts: { connect: 1, headers: 1, firstToken: 1, streamStart: 1, idle: 1, total: 1 },
      commitWithin: 1,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal,
      listener: {},
    },
    new Set(),
  );
  expect(result).toMatchObject({
    kind: 'failed',
    failure: { kind: 'unreachable', message: 'The request cannot be sent (TypeError).' },
  });
  expect([clock.waiting(), getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
});
