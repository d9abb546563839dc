import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sse, type Reply } from '../../src/testing/index.ts';
import { DONE, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const real = performance.now.bind(performance);
let jumps = 0;
let seed = 1;

/** The same numbers in every run, from 0 to below 1. */
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

// Work on large reads is cut where it has taken long. On a busy machine that may be anywhere.
beforeEach(() => {
  performance.now = () => {
    if (random() < 0.3) jumps += random() * 15;
    return real() + jumps;
  };
});
afterEach(() => {
  performance.now = real;
});

const TEXT = [
  'Hello',
  'a'.repeat(3000),
  'b'.repeat(600_000),
  'c'.repeat(3000),
  'd'.repeat(300_000),
  'e'.repeat(300_000),
];
const delta = (content: string): string =>
  sse({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content } }] });
const tokens = Array.from({ length: 3000 }, () => delta('a')).join('');
const events = Buffer.from(
  [ROLE, delta(TEXT[0] ?? ''), tokens, 'data: {"choices":[{}]}\n\n'.repeat(5000)]
    .concat(TEXT.slice(2).map(delta), STOP, DONE)
    .join(''),
);
const answer = Buffer.from(
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT.join('') }, finish_reason: 'stop' }],
  }),
);
const GZIP = { 'content-encoding': 'gzip' };

test.each<[string, Reply]>([
  ['a stream', { headers: STREAM, body: events }],
  ['a compressed stream', { headers: { ...STREAM, ...GZIP }, body: gzipSync(events) }],
  ['JSON', { headers: JSON_TYPE, body: answer }],
  ['compressed JSON', { headers: { ...JSON_TYPE, ...GZIP }, body: gzipSync(answer) }],
])('an answer that arrives as %s is whole and in order, wherever its reading is cut into turns', async (_, reply) => {
  await using rig = await startRig([() => reply]);
  for (let n = 0; n < 15; n++)
    for (const stream of [true, false]) {
      const response = await post(rig.gateway.fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream });
      const text = await response.text();
      expect([response.status, textOf(text, stream) === TEXT.join('')]).toEqual([200, true]);
      if (stream) expect(text.endsWith(DONE)).toBe(true);
      rig.upstreams[0]?.reset();
    }
});

interface Choice {
  readonly delta?: { readonly content?: string };
  readonly message?: { readonly content?: string };
}

function textOf(body: string, stream: boolean): string {
  const parts = stream
    ? body.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice('data: '.length)] : []))
    : [body];
  return parts
    .map((part) => (JSON.parse(part) as { choices: Choice[] }).choices[0])
    .map((choice) => choice?.delta?.content ?? choice?.message?.content ?? '')
    .join('');
}
