import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import { codecOf } from '../../src/dialects/codec-of.ts';
import type { Call } from '../../src/domain/call.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import type { UpstreamRequest } from '../../src/upstream/transport.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const TIMEOUTS = { connect: 1e6, headers: 1e6, firstToken: 1e6, streamStart: 1e6, idle: 1e6, total: 1e6 };
const LARGE = 'a'.repeat(12 * 1024 * 1024);
const call = (content: string): Call =>
  callOf({ operation: 'messages', input: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content }] } });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An attempt of a Messages client at a chat provider, and the requests that were sent. */
function begin(requested: Call) {
  const sent: UpstreamRequest[] = [];
  const clock = fakeClock();
  const stop = new AbortController();
  const result = attempt(
    {
      transport: (request) => {
        sent.push(request);
        return { pause: () => undefined, resume: () => undefined, abort: () => undefined };
      },
      clock,
      codecOf,
      inCohort: createCohort(),
    },
    {
      call: requested,
      target: targetOf(),
      timeouts: TIMEOUTS,
      commitWithin: 1e6,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal: stop.signal,
      listener: {},
    },
    new Set(),
  );
  const left = (): readonly number[] => [clock.waiting(), getEventListeners(stop.signal, 'abort').length];
  return { sent, result, stop, left };
}

test('a small request that is translated is sent at once', () => {
  expect(begin(call('a')).sent).toHaveLength(1);
});

test('a large request is translated in several turns of the event loop, and then sent', async () => {
  const { sent } = begin(call(LARGE));
  expect(sent).toHaveLength(0);
  let turns = 0;
  for (; sent.length === 0; turns++) await turn();
  expect(turns).toBeGreaterThan(2);
  const body = [sent[0]?.body ?? []].flat().join('');
  expect(JSON.parse(body)).toMatchObject({ messages: [{ role: 'user', content: LARGE }] });
});

test('a request that is cancelled while it is translated is never sent, and leaves no timer and no listener', async () => {
  const { sent, result, stop, left } = begin(call(LARGE));
  await turn();
  stop.abort();
  await expect(result).resolves.toMatchObject({ kind: 'failed', failure: { kind: 'cancelled' } });
  for (let turns = 0; turns < 100; turns++) await turn();
  expect(sent).toHaveLength(0);
  expect(left()).toEqual([0, 0]);
});

test.each([
  ['small', 'a'],
  ['large', LARGE],
])('a %s request that is certainly wrong rejects, and leaves no timer and no listener', async (_name, content) => {
  const wrong = callOf({
    operation: 'messages',
    input: { model: 'm', max_tokens: 1, messages: [{ role: 'user', content }], tools: [1] },
  });
  const { result, left, sent } = begin(wrong);
  await expect(result).rejects.toThrow(GatewayError);
  expect(left()).toEqual([0, 0]);
  expect(sent).toHaveLength(0);
});
