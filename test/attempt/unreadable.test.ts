import { describe, expect, test } from 'vitest';
import type { EndedStream } from '../../src/attempt/answer.ts';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import type { Codec } from '../../src/dialects/codec.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { raw, type StreamEnd } from '../../src/domain/event-stream.ts';
import type { StreamGrammar } from '../../src/domain/stream-grammar.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { openaiError, type Reply, sse, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { callOf } from '../helpers/call.ts';
import { grammarWith } from '../helpers/grammar.ts';
import { targetOf } from '../helpers/target.ts';
import { COMPLETION, DONE, encoded, HI, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';

class Thrown extends Error {
  override readonly name = 'Thrown';
}

/** What an attempt reads a reply with. One part of it throws. */
interface Parts {
  readonly codec: Codec;
  /** Called for every refusal, before its text is read. */
  readonly rules?: () => typeof PLAIN_RULES;
}

type Broken = (fail: () => never) => Parts;

const inGrammar =
  (part: (fail: () => never, original: StreamGrammar) => Partial<StreamGrammar>): Broken =>
  (fail) => ({
    codec: {
      ...openaiChat,
      grammar(context) {
        const original = openaiChat.grammar(context);
        return grammarWith(original, part(fail, original));
      },
    },
  });

/** Every place where a reply is read. */
const PLACES: Readonly<Record<string, Broken>> = {
  grammar: (grammar) => ({ codec: { ...openaiChat, grammar } }),
  judge: (judge) => ({ codec: { ...openaiChat, judge } }),
  mend: (mend) => ({ codec: { ...openaiChat, mend } }),
  toEvents: (toEvents) => ({ codec: { ...openaiChat, toEvents } }),
  fromEvents: (fromEvents) => ({ codec: { ...openaiChat, fromEvents } }),
  'the rules by which a refusal is read': (rules) => ({ codec: openaiChat, rules }),
  'inspect of the first event': inGrammar((inspect) => ({ inspect })),
  'inspect of the finish reason': inGrammar((fail, original) => ({
    inspect: (event) => (event.data.includes('"stop"') ? fail() : original.inspect(event)),
  })),
  complete: inGrammar((complete) => ({ complete })),
  settled: inGrammar((settled) => ({ settled })),
  finish: inGrammar((finish) => ({ finish })),
  outputBytes: inGrammar((outputBytes) => ({ outputBytes })),
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

/** A clock that counts its running timers. */
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

/** Attempts once, reads the answer to its end, and returns everything that was reported. */
async function attempted({ codec, rules = () => PLAIN_RULES }: Parts, reply: Reply, stream: boolean) {
  const upstream = await startScriptedUpstream({ script: reply });
  const pools = createPools();
  const clock = countedClock();
  const reported: EndedStream[] = [];
  const ends: StreamEnd[] = [];
  const result = await attempt(
    { transport: createTransport(pools), clock, codecOf: () => codec, inCohort: createCohort() },
    {
      call: callOf({ input: { messages: [] }, stream }),
      target: {
        ...targetOf({
          baseUrl: upstream.baseUrl,
          endpoint: { origin: new URL(upstream.baseUrl).origin, private: true, ca: undefined, id: upstream.baseUrl },
        }),
        get rules() {
          return rules();
        },
      },
      timeouts: { connect: 5000, headers: 5000, firstToken: 5000, streamStart: 5000, idle: 60, total: 5000 },
      commitWithin: 5000,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal: new AbortController().signal,
      listener: { streamEnded: (ended) => void reported.push(ended) },
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
  return { result, reported, ends, timers };
}

describe.each(Object.entries(PLACES))('an error thrown by %s', (place, broken) => {
  test.each([true, false])('fails its attempt (stream: %s) once, and everything is released', async (stream) => {
    for (const reply of REPLIES) {
      let thrown = 0;
      const parts = broken(() => {
        thrown++;
        throw new Thrown();
      });
      const { result, reported, ends, timers } = await attempted(parts, reply, stream);
      expect([reported.length, ends.length]).toEqual(
        result.kind === 'answered' && result.answer.kind === 'stream' ? [1, 1] : [0, 0],
      );
      // Without the count the stream still ends, with a smaller estimate.
      if (thrown === 0 || place === 'outputBytes') continue;
      expect(timers).toBe(0);
      if (result.kind === 'failed')
        expect(result.failure).toMatchObject({ kind: 'malformed', message: 'The reply cannot be read (Thrown).' });
      else {
        expect(reported).toMatchObject([{ failure: { kind: 'malformed' } }]);
        expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'upstream_failed' } }]);
      }
    }
  });
});
