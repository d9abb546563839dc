import { expect, test } from 'vitest';
import type { RequestRecord } from '../../src/domain/request-list.ts';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { chatCompletion, chunk, openaiError, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const STREAM = { 'content-type': 'text/event-stream' };
/** Milliseconds that it takes to resolve each of the names. */
const LOOKUP_MS: Readonly<Record<string, number>> = { 'failing.test': 40, 'answering.test': 25, 'lost.test': 10 };

/** Looks names up in the time of `LOOKUP_MS`; one of them is unknown. */
const slowLookup =
  (clock: FakeClock): GatewayOptions['lookup'] =>
  (hostname, _, callback) => {
    clock.advance(LOOKUP_MS[hostname] ?? 0);
    if (hostname === 'lost.test') callback(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    else callback(null, [{ address: '127.0.0.1', family: 4 }]);
  };

/** A reply that takes so many milliseconds of the clock. */
const after = (clock: FakeClock, ms: number, reply: Reply) => () => {
  clock.advance(ms);
  return reply;
};

/** A provider at a name that takes a while to resolve. */
const at = (host: string, port: number) => ({ baseUrl: `http://${host}:${port}/v1`, private: true, apiKey: 'none' });

/** The times of a row, and those of each step: start, connected, first token and outcome. */
const timesOf = ({ committed_ms, total_ms, trail }: RequestRecord) => [
  committed_ms,
  total_ms,
  ...trail.map((step) => [step.started_ms, step.connected_ms, step.first_token_ms, step.duration_ms]),
];

test('the row of a stream has the times of connecting, of waiting for the first token, and of the whole stream', async () => {
  const clock = fakeClock(1_800_000_000_000);
  const failing = after(clock, 100, openaiError(500, 'no'));
  const answering = after(clock, 60, { headers: STREAM, chunks: [chunk({ delta: { content: 'Hi' } })], end: 'hang' });
  await using one = await startScriptedUpstream({ script: failing });
  await using other = await startScriptedUpstream({ script: answering });
  const providers = {
    lost: at('lost.test', 80),
    failing: at('failing.test', one.port),
    answering: at('answering.test', other.port),
  };
  const chains = { default: { entries: ['lost/m', 'failing/m', 'answering/m'] } };
  await using rig = await startRig([], { clock, lookup: slowLookup(clock), config: { providers, chains } });
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
  // The stream goes on for a while after its commit, and then its client disconnects.
  clock.advance(500);
  await response.body?.cancel();
  await rig.ended();
  const { data } = await rig.gateway.caller.requests.list();
  expect(data.map(timesOf)).toEqual([[235, 735, [0, null, null, 10], [10, 40, null, 140], [150, 25, 85, 85]]]);
});

test('an attempt on a connection that was open connects in no time', async () => {
  const clock = fakeClock(1_800_000_000_000);
  await using upstream = await startScriptedUpstream({ script: after(clock, 60, chatCompletion({ content: 'Hi' })) });
  const providers = { a: at('answering.test', upstream.port) };
  const chains = { default: { entries: ['a/m'] } };
  await using rig = await startRig([], { clock, lookup: slowLookup(clock), config: { providers, chains } });
  for (let n = 0; n < 2; n++) {
    await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
    await rig.ended(n);
  }
  const { data } = await rig.gateway.caller.requests.list();
  expect(data.map(timesOf)).toEqual([
    [60, 60, [0, 0, null, 60]],
    [85, 85, [0, 25, null, 85]],
  ]);
});
