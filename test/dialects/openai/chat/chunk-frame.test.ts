import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { createChunkFrame } from '../../../../src/dialects/openai/chat/chunk-frame.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import type { StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import { callOf } from '../../../helpers/call.ts';
import { createEventScanner } from '../../../../src/sse/event-scanner.ts';

interface Said {
  readonly key?: string;
  readonly text: string;
  readonly padding?: string;
  readonly more?: object;
}

/** A chunk as vendors write them, with the text under one of their names, padded or not. */
function chunkOf({ key = 'content', text, padding, more = {} }: Said): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { [key]: text }, logprobs: null, finish_reason: null, ...more }],
    usage: null,
    ...(padding === undefined ? {} : { obfuscation: padding }),
  });
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const events = (...chunks: readonly string[]): string => latin1(chunks.map((each) => `data: ${each}\n\n`).join(''));

function learned(chunk: string): ReturnType<typeof createChunkFrame> {
  const frame = createChunkFrame();
  frame.learn(latin1(chunk));
  return frame;
}

/** A quote within a text, or a backslash at its end. */
const NEAR_QUOTE = '\\"';

test('what is followed to its end is the learned chunk with another text and another padding', () => {
  const said = fc.record({ text: fc.string({ unit: 'binary' }), padding: fc.string() });
  const keys = fc.constantFrom('content', 'reasoning_content', 'reasoning');
  let followed = 0;
  fc.assert(
    fc.property(keys, fc.boolean(), fc.array(said, { minLength: 2 }), (key, padded, all) => {
      const chunks = all.map(({ text, padding }) => chunkOf({ key, text, ...(padded ? { padding } : {}) }));
      const frame = learned(chunks[0]!);
      const stream = events(...chunks);
      // An escape before a quote is left to who looks closer.
      const looked = chunks.findIndex((chunk) => chunk.includes(NEAR_QUOTE));
      const alike = looked === -1 ? chunks : chunks.slice(0, looked);
      followed += alike.length;
      expect(frame.follow(() => stream, 0)).toBe(events(...alike).length);
    }),
  );
  expect(followed).toBeGreaterThan(0);
});

test('its text is counted in bytes', () => {
  const frame = learned(chunkOf({ text: 'a' }));
  frame.follow(() => events(chunkOf({ text: 'né' })), 0);
  expect(frame.textBytes()).toBe(3);
});

const plain = chunkOf({ text: 'word' });
const OTHERS: Readonly<Record<string, string>> = {
  'the end of a choice': events(plain.replace('"finish_reason":null', '"finish_reason":"stop"')),
  'a count of tokens': events(plain.replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":2}')),
  'another choice': events(plain.replace('"index":0', '"index":1')),
  'an error in its place': events('{"error":{"message":"no"}}'),
  'an error beside it': events(plain.replace('"usage":null', '"usage":null,"error":{"message":"no"}')),
  'a call of a tool': events(plain.replace('"content":"word"', '"content":"word","tool_calls":[{"index":0}]')),
  'a quote in its text': events(chunkOf({ text: 'say "no"' })),
  'a backslash at the end of its text': events(chunkOf({ text: 'c:\\' })),
  'an end mark': latin1('data: [DONE]\n\n'),
  'a chunk cut short': events(plain).slice(0, -3),
  'a chunk without its blank line': events(plain).slice(0, -1),
  'a line’s end in its text': latin1(`data: ${plain.replace('word', 'wo\nrd')}\n\n`),
  'two chunks, one cut within the other': latin1(
    `data: ${plain.slice(0, plain.indexOf('word') + 2)}\n\ndata: ${plain}\n\n`,
  ),
  'a named event': latin1(`event: error\ndata: ${plain}\n\n`),
  nothing: '',
};

test.each(Object.entries(OTHERS))('%s is not followed', (_, text) => {
  const frame = learned(plain);
  expect(frame.follow(() => text, 0)).toBe(0);
  expect(frame.follow(() => events(plain), 0)).toBe(events(plain).length);
});

const unread = (): string => {
  throw new Error('It was looked at.');
};

test('a vendor whose chunks have nothing in common is not learned from for ever', () => {
  const frame = createChunkFrame();
  for (let n = 0; n < 100; n++) frame.learn(chunkOf({ text: 'x', more: { stamp: n } }));
  // Not even the bytes are asked for any more.
  expect(frame.follow(unread, 0)).toBe(0);
});

/** Reads a stream with a grammar: what is told of it, and what is passed on. */
function read(pieces: readonly Buffer[], skims: boolean) {
  const grammar: StreamGrammar = openaiChat.grammar(callOf({ input: {}, stream: true }), NO_QUIRKS);
  const passed: Buffer[] = [];
  let errors = 0;
  const scanner = createEventScanner(
    (event) => {
      const { error, show } = grammar.inspect(event);
      if (error !== undefined) errors++;
      if (show) passed.push(event.plain ?? event.data);
    },
    skims ? { runs: { skim: (text, from) => grammar.skim(text, from), onRun: (run) => passed.push(run) } } : {},
  );
  for (const piece of pieces) scanner.push(Buffer.from(piece));
  scanner.end();
  const { length } = passed;
  return {
    text: Buffer.concat(passed).toString('utf8'),
    complete: grammar.complete(),
    settled: grammar.settled(),
    errors,
    length,
  };
}

test('any stream in any cut is passed on the same, whether its chunks are skimmed or looked at one by one', () => {
  const chunk = fc.oneof(
    { weight: 8, arbitrary: fc.string().map((text) => chunkOf({ text })) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => chunkOf({ text, padding: text })) },
    fc.constantFrom(
      plain.replace('"finish_reason":null', '"finish_reason":"stop"'),
      plain.replace('"index":0', '"index":1'),
      '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
      '{"error":{"message":"no"}}',
      '[DONE]',
      'noise',
    ),
  );
  let fewer = 0;
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 30 }), fc.array(fc.nat(4000), { maxLength: 6 }), (chunks, cuts) => {
      const bytes = Buffer.from(chunks.map((each) => `data: ${each}\n\n`).join(''));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const { length: runs, ...skimmed } = read(pieces, true);
      const { length, ...looked } = read(pieces, false);
      expect(skimmed).toEqual(looked);
      if (runs < length) fewer++;
    }),
    { numRuns: 300 },
  );
  expect(fewer).toBeGreaterThan(50);
});
