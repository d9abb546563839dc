import { describe, expect, test } from 'vitest';
import type { EndedStream } from '../../src/attempt/answer.ts';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import type { Dialect } from '../../src/dialects/codec.ts';
import { openai } from '../../src/dialects/openai/chat/codec.ts';
import { raw, type StreamEnd } from '../../src/domain/event-stream.ts';
import type { StreamGrammar } from '../../src/domain/stream-grammar.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { openaiError, type Reply, sse, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { targetOf } from '../helpers/target.ts';
import { COMPLETION, DONE, encoded, HI, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';

class Thrown extends Error {
  override readonly name = 'Thrown';
}

/** A dialect of which one part throws, once, and what it is told by. */
type Broken = (fail: () => never) => Dialect;

const grammarWith =
  (part: (fail: () => never, whole: StreamGrammar) => Partial<StreamGrammar>): Broken =>
  (fail) => ({
    ...openai,
    grammar(call, quirks) {
      const whole = openai.grammar(call, quirks);
      return { ...whole, ...part(fail, whole) };
    },
  });

/** Every place at which a reply is read. */
const PLACES: Readonly<Record<string, Broken>> = {
  grammar: (grammar) => ({ ...openai, grammar }),
  judge: (judge) => ({ ...openai, judge }),
  mend: (mend) => ({ ...openai, mend }),
  toEvents: (toEvents) => ({ ...openai, toEvents }),
  fromEvents: (fromEvents) => ({ ...openai, fromEvents }),
  read: (read) => ({ ...openai, read }),
  readError: (readError) => ({ ...openai, readError }),
  'inspect of the first event': grammarWith((inspect) => ({ inspect })),
  'inspect of the finish reason': grammarWith((fail, whole) => ({
    inspect: (event) => (event.data.includes('"stop"') ? fail() : whole.inspect(event)),
  })),
  complete: grammarWith((complete) => ({ complete })),
  settled: grammarWith((settled) => ({ settled })),
  outputBytes: grammarWith((outputBytes) => ({ outputBytes })),
};

const WHOLE = [ROLE, HI, STOP];
const REPLIES: readonly Reply[] = [
  { headers: STREAM, chunks: [...WHOLE, DONE] },
  { headers: STREAM, chunks: WHOLE },
  { headers: STREAM, chunks: WHOLE, end: 'hang' },
  { headers: STREAM, chunks: [...WHOLE, { delay: 10 }], end: 'rst' },
  { headers: STREAM, chunks: [ROLE, HI, { delay: 10 }], end: 'rst' },
  { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'no' } })] },
  encoded('gzip', WHOLE.join(''), STREAM),
  { headers: JSON_TYPE, body: COMPLETION },
  { headers: JSON_TYPE, body: { error: { message: 'no' } } },
  openaiError(500, 'no'),
  { status: 500, headers: { 'content-length': '9' }, chunks: ['x', { delay: 10 }], end: 'rst' },
];

/** Time whose timers are counted. */
function countedClock(): Clock & { readonly running: () => number } {
  const running = new Set<object>();
  return {
    now: () => systemClock.now(),
    running: () => running.size,
    timer(ms, callback) {
      const key = {};
      const timer = systemClock.timer(ms, () => {
        running.delete(key);
        callback();
      });
      running.add(key);
      return {
        [Symbol.dispose]() {
          running.delete(key);
          timer[Symbol.dispose]();
        },
      };
    },
  };
}

/** Asks once, reads what is answered to its end, and says what was told. */
async function ask(dialect: Dialect, reply: Reply, stream: boolean) {
  const upstream = await startScriptedUpstream({ script: reply });
  const pools = createPools();
  const clock = countedClock();
  const told: EndedStream[] = [];
  const ends: StreamEnd[] = [];
  const result = await attempt(
    { transport: createTransport(pools), clock, dialect },
    {
      call: { operation: 'chat.completions', input: { messages: [] }, bytes: undefined, stream },
      target: targetOf({
        baseUrl: upstream.baseUrl,
        endpoint: { origin: new URL(upstream.baseUrl).origin, private: true, ca: undefined, id: upstream.baseUrl },
      }),
      timeouts: { connect: 5000, headers: 5000, firstToken: 5000, streamStart: 5000, idle: 60, total: 5000 },
      commitWithin: 5000,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal: new AbortController().signal,
      watcher: { streamEnded: (ended) => void told.push(ended) },
    },
    new Set(),
  );
  if (result.kind === 'answered' && result.answer.kind === 'stream') {
    const { promise, resolve } = Promise.withResolvers<void>();
    const control = result.answer.stream[raw]({
      events: () => undefined,
      end(end) {
        ends.push(end);
        resolve();
      },
    });
    control.resume();
    await promise;
  }
  const timers = clock.running();
  await upstream.until(({ hits: [hit] }) => hit?.closedAt !== undefined || hit?.endedAt !== undefined);
  await pools.close();
  await upstream.close();
  return { result, told, ends, timers };
}

describe.each(Object.entries(PLACES))('what %s throws', (place, broken) => {
  test.each([true, false])(
    'is the failure of its attempt (stream: %s), told once and all of it released',
    async (stream) => {
      for (const reply of REPLIES) {
        let thrown = 0;
        const dialect = broken(() => {
          thrown++;
          throw new Thrown();
        });
        const { result, told, ends, timers } = await ask(dialect, reply, stream);
        expect([told.length, ends.length]).toEqual(
          result.kind === 'answered' && result.answer.kind === 'stream' ? [1, 1] : [0, 0],
        );
        // Without a count the end is told, with less of an estimate.
        if (thrown === 0 || place === 'outputBytes') continue;
        expect(timers).toBe(0);
        if (result.kind === 'failed')
          expect(result.failure).toMatchObject({ kind: 'malformed', message: 'The reply cannot be read (Thrown).' });
        else {
          expect(told).toMatchObject([{ failure: { kind: 'malformed' } }]);
          expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'upstream_failed' } }]);
        }
      }
    },
  );
});
