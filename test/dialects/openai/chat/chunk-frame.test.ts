import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { createChunkFrame } from '../../../../src/dialects/openai/chat/chunk-frame.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import type { StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import { callOf } from '../../../helpers/call.ts';
import { createEventScanner } from '../../../../src/sse/event-scanner.ts';

interface ChunkOptions {
  readonly key?: string;
  readonly text: string;
  readonly padding?: string;
  readonly more?: object;
}

/** A chunk as providers send it, with the text under one of its usual names, with or without padding. */
function chunkOf({ key = 'content', text, padding, more = {} }: ChunkOptions): string {
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

test('chunks that differ from the learned one only in text and padding are followed', () => {
  const texts = fc.record({ text: fc.string({ unit: 'binary' }), padding: fc.string() });
  const keys = fc.constantFrom('content', 'reasoning_content', 'reasoning');
  fc.assert(
    fc.property(keys, fc.boolean(), fc.array(texts, { minLength: 2 }), (key, padded, all) => {
      const chunks = all.map(({ text, padding }) => chunkOf({ key, text, ...(padded ? { padding } : {}) }));
      const frame = learned(chunks[0]!);
      const stream = events(...chunks);
      expect(frame.follow(() => stream, 0)).toBe(stream.length);
    }),
  );
});

test('the text of followed chunks is counted in bytes', () => {
  const frame = learned(chunkOf({ text: 'a' }));
  frame.follow(() => events(chunkOf({ text: 'né' })), 0);
  expect(frame.textBytes()).toBe(3);
});

const plain = chunkOf({ text: 'word' });
const OTHERS: Readonly<Record<string, string>> = {
  'the end of a choice': events(plain.replace('"finish_reason":null', '"finish_reason":"stop"')),
  'a count of tokens': events(plain.replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":2}')),
  'another choice': events(plain.replace('"index":0', '"index":1')),
  'an error in place of a chunk': events('{"error":{"message":"no"}}'),
  'an error beside the choices': events(plain.replace('"usage":null', '"usage":null,"error":{"message":"no"}')),
  'a tool call': events(plain.replace('"content":"word"', '"content":"word","tool_calls":[{"index":0}]')),
  'a tab in the text': latin1(`data: ${plain.replace('word', 'wo\trd')}\n\n`),
  'a zero byte in the text': latin1(`data: ${plain.replace('word', 'wo\0rd')}\n\n`),
  'an escape that JSON does not have': latin1(`data: ${plain.replace('word', 'wo\\xrd')}\n\n`),
  'an escape of too few digits': latin1(`data: ${plain.replace('word', 'wo\\u12')}\n\n`),
  'a number that JSON does not have': events(plain.replace('"logprobs":null', '"logprobs":NaN')),
  'an end mark': latin1('data: [DONE]\n\n'),
  'a truncated chunk': events(plain).slice(0, -3),
  'a chunk without its blank line': events(plain).slice(0, -1),
  'a line break in the text': latin1(`data: ${plain.replace('word', 'wo\nrd')}\n\n`),
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

const neverRead = (): string => {
  throw new Error('The text was read.');
};

test('learning stops when a provider’s chunks never match', () => {
  const frame = createChunkFrame();
  for (let n = 0; n < 100; n++) frame.learn(chunkOf({ text: 'x', more: { stamp: n } }));
  expect(frame.follow(neverRead, 0)).toBe(0);
});

/** Reads a stream with a grammar, with or without skimming. Returns what the grammar reports and what is passed on. */
function read(pieces: readonly Buffer[], { skims }: { readonly skims: boolean }) {
  const grammar: StreamGrammar = openaiChat.grammar({
    call: callOf({ input: {}, stream: true }),
    quirks: NO_QUIRKS,
    model: 'm',
  });
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

test('any stream in any cut is passed on identically with and without skimming', () => {
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
      plain.replace('word', 'wo\trd'),
      plain.replace('"logprobs":null', '"logprobs":NaN'),
      plain.replace('}]', '}'),
      plain + plain,
      `${plain.slice(0, plain.indexOf('word'))}${plain}`,
    ),
  );
  let fewer = 0;
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 30 }), fc.array(fc.nat(4000), { maxLength: 6 }), (chunks, cuts) => {
      const bytes = Buffer.from(chunks.map((each) => `data: ${each}\n\n`).join(''));
      const offsets = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const pieces = offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
      const { length: runs, ...skimmed } = read(pieces, { skims: true });
      const { length, ...inspected } = read(pieces, { skims: false });
      expect(skimmed).toEqual(inspected);
      if (runs < length) fewer++;
    }),
    { numRuns: 300 },
  );
  expect(fewer).toBeGreaterThan(50);
});
