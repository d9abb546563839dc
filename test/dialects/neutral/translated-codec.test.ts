import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../src/catalog/preset.ts';
import { openaiChat } from '../../../src/dialects/openai/chat/codec.ts';
import type { ClientApi, ProviderApi, ProviderRequest } from '../../../src/dialects/neutral/api.ts';
import type { BlockEvent } from '../../../src/dialects/neutral/block-event.ts';
import type { NeutralRequest } from '../../../src/dialects/neutral/request.ts';
import { translatedCodec } from '../../../src/dialects/neutral/translated-codec.ts';
import type { Codec } from '../../../src/dialects/codec.ts';
import type { StreamGrammar, SseEvent } from '../../../src/domain/stream-grammar.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { runAtOnce } from '../../../src/lib/steps.ts';
import { bareEvent } from '../../../src/sse/framing.ts';
import { chunk, sse } from '../../../src/testing/index.ts';
import { callOf } from '../../helpers/call.ts';
import { HELLO } from '../../helpers/hello.ts';
import { streamed, valuesOf } from '../../helpers/streamed.ts';
import { targetOf } from '../../helpers/target.ts';

const REQUEST: NeutralRequest = { turns: [], tools: [], extras: [], lost: [], stream: false };
const SENT = { path: '/x', headers: {}, body: [] };
const USAGE = { input: 3, output: 2, source: 'provider' } as const;

interface Parts {
  readonly request?: Partial<NeutralRequest>;
  readonly encode?: (request: ProviderRequest) => void;
  readonly read?: (value: unknown, name: string | undefined) => readonly BlockEvent[];
  readonly end?: readonly BlockEvent[];
  /** Gets what the writer is given, in order. */
  readonly log?: unknown[];
}

/** A pair of APIs that shows what it gets: the client's answer is a list of the block events. */
function pair({ request, encode, read = () => [], end = [], log = [] }: Parts = {}) {
  const decoded: unknown[] = [];
  const client: ClientApi = {
    decode(call) {
      decoded.push(call);
      return { ...REQUEST, ...request };
    },
    writer({ model }) {
      const seen: unknown[] = [model];
      return {
        write(event) {
          seen.push(event.t);
          log.push(event.t);
          return event.t === 'delta' ? [bareEvent(JSON.stringify({ text: event.text }))] : [];
        },
        usage: (usage) => void log.push(seen.push(usage.input) && 'usage'),
        finish: () => [bareEvent('{"end":true}')],
        whole: () => ({ seen }),
        failed: ({ code }) => [bareEvent(JSON.stringify({ code }))],
      };
    },
  };
  const provider: ProviderApi = {
    own: openaiChat,
    // oxlint-disable-next-line require-yield -- a request of one step
    *encode(sent) {
      encode?.(sent);
      return { request: SENT as never, added: ['stream_options'] };
    },
    reader: () => ({ read, end: () => end }),
    readWhole: () => [{ t: 'start' }, { t: 'delta', i: 0, text: 'x' }, { t: 'finish', reason: 'stop' }],
  };
  return { codec: translatedCodec(client, provider), decoded };
}

const OPTIONS = { without: new Set<string>(), headers: {} };
const contextOf = (stream: boolean) => ({ call: callOf({ input: HELLO, stream }), quirks: NO_QUIRKS, model: 'm' });
const encodedBy = (codec: Codec) => codec.encode(callOf({ input: HELLO }), targetOf(), OPTIONS);

describe('a translated request', () => {
  test('is decoded once for all attempts of its call', () => {
    const { codec, decoded } = pair();
    const call = callOf({ input: HELLO });
    for (const model of ['a', 'b']) codec.encode(call, targetOf({ model }), OPTIONS);
    codec.grammar({ ...contextOf(true), call });
    expect(decoded).toEqual([call]);
    encodedBy(codec);
    expect(decoded).toHaveLength(2);
  });

  test('names what it loses in the reading and in the writing, sorted', () => {
    const lost = [
      { field: 'seed', loss: 'reported' },
      { field: 'user', loss: 'silent' },
    ] as const;
    const { codec } = pair({ request: { lost }, encode: ({ losses }) => losses.report({ field: 'logprobs' }) });
    expect(encodedBy(codec)).toEqual({ request: SENT, added: ['stream_options'], dropped: ['logprobs', 'seed'] });
  });

  test('is not sent where one of its members must not be lost', () => {
    const reading = pair({ request: { lost: [{ field: 'n', loss: 'unsuited' }] } });
    expect(encodedBy(reading.codec)).toEqual({ unsuited: "This entry cannot take 'n'.", field: 'n' });
    const writing = pair({ encode: ({ losses }) => losses.refuse('No tools here.') });
    expect(encodedBy(writing.codec)).toEqual({ unsuited: 'No tools here.', field: undefined });
  });
});

describe('a translated answer', () => {
  test('is written block by block, with its usage before', () => {
    const { codec } = pair();
    const bytes = codec.translate && runAtOnce(codec.translate({}, USAGE, contextOf(false)));
    expect(JSON.parse(String(bytes))).toEqual({ seen: ['m', 3, 'start', 'delta', 'finish'] });
  });

  test('that comes as a stream in place of JSON stays in the provider’s API until it is put together', () => {
    const { codec } = pair();
    const event = bareEvent(JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hi' } }] }));
    const seen = codec.grammar(contextOf(false)).inspect(event);
    expect([seen.token, seen.instead]).toEqual([true, undefined]);
  });
});

/** The text of a chunk. */
const deltas = (value: unknown): readonly BlockEvent[] => {
  const [choice] = (value as { choices: { delta?: { content?: string } }[] }).choices;
  const text = choice?.delta?.content;
  return text === undefined ? [] : [{ t: 'delta', i: 0, text }];
};

/** An event of a script as a scanner hands it out. */
function eventOf(text: string): SseEvent {
  return bareEvent(text.slice('data: '.length).trim());
}

describe('the grammar of a translated stream', () => {
  const events = [
    chunk({ delta: { role: 'assistant' } }),
    chunk({ delta: { content: 'Hi' } }),
    chunk({ finish: 'stop' }),
    sse('[DONE]'),
  ].map(eventOf);

  test('judges the provider’s events, and shows the client’s', () => {
    const { codec } = pair({ read: deltas, end: [{ t: 'delta', i: 0, text: 'late' }] });
    const { shown, inspections, complete } = streamed(codec, events, contextOf(true));
    expect(valuesOf(shown)).toEqual([{ text: 'Hi' }, { text: 'late' }, { end: true }]);
    expect(complete).toBe(true);
    // An event of which nothing is shown counts all the same.
    expect(inspections.map(({ token, show }) => [token, show])).toEqual([
      [false, false],
      [true, true],
      [true, false],
      [false, false],
    ]);
  });

  test('passes nothing unread, and what is not JSON as what the provider’s grammar says of it', () => {
    const { codec } = pair({ read: deltas });
    const grammar: StreamGrammar = codec.grammar(contextOf(true));
    for (const event of events.slice(0, 2)) grammar.inspect(event);
    const text = chunk({ delta: { content: 'Hi' } }).repeat(3);
    expect(grammar.skim(() => text, 0)).toBe(0);
    expect(grammar.inspect(bareEvent('{"choices":[{"delta":'))).toMatchObject({ unreadable: true });
    expect(grammar.inspect(bareEvent('{"error":{"message":"no"}}'))).toMatchObject({ error: { message: 'no' } });
    expect([grammar.complete(), grammar.settled(), grammar.problem()]).toEqual([false, false, undefined]);
    expect(grammar.outputBytes()).toBe(2);
  });

  test('reports a failure in the client’s events', () => {
    const grammar = pair().codec.grammar(contextOf(true));
    const error = new GatewayError('upstream_truncated', { message: 'cut' });
    expect(valuesOf(grammar.failed?.(error) ?? [])).toEqual([{ code: 'upstream_truncated' }]);
  });

  test('hands the usage to the writer before the event is written', () => {
    const log: unknown[] = [];
    const { codec } = pair({ log, read: () => [{ t: 'delta', i: 0, text: 'x' }] });
    const grammar = codec.grammar(contextOf(true));
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const seen = grammar.inspect(
      bareEvent(JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' } }], usage })),
    );
    expect(seen.usage).toMatchObject({ input: 3, output: 2 });
    expect(log).toEqual(['usage', 'delta']);
  });
});
