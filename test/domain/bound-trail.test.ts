import { describe, expect, test } from 'vitest';
import { boundTrail, messageBytesIn } from '../../src/domain/bound-trail.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { TrailStep } from '../../src/domain/trail.ts';

const TRAIL_BYTES = 32 * 1024;

const failed = (message: string | undefined): TrailStep => ({
  provider: 'a',
  model: 'm',
  outcome: 'refused',
  status: 400,
  message,
  startedMs: 1,
  durationMs: 2,
});

const skipped = (message: string): TrailStep => ({ provider: 'b', model: 'm', outcome: 'skipped', message });

const sizes = (trail: readonly TrailStep[]): number[] => trail.map(({ message = '' }) => Buffer.byteLength(message));
const sizeOf = (trail: readonly TrailStep[]): number => Buffer.byteLength(JSON.stringify(trail));

/** Texts of 60 KB and more, some of which are larger as JSON than as text. */
const TEXTS: Readonly<Record<string, string>> = {
  letters: 'x'.repeat(60_000),
  words: 'a few words '.repeat(5000),
  ideographs: '図'.repeat(20_000),
  emoji: '🙂'.repeat(15_000),
  'emoji after a letter': `x${'🙂'.repeat(15_000)}`,
  quotes: '"'.repeat(60_000),
  'control characters': '\u0001'.repeat(60_000),
  'halves of surrogate pairs': '\ud83d'.repeat(60_000),
};

describe.each(Object.entries(TEXTS))('%s', (_, text) => {
  test.each([1, 2, 5, 20, 50, 200])('of %i attempts are bounded, and every step stays', (attempts) => {
    const trail = boundTrail(Array.from({ length: attempts }, () => failed(text)));
    expect(trail).toHaveLength(attempts);
    expect(sizeOf(trail)).toBeLessThanOrEqual(TRAIL_BYTES);
    expect(Math.max(...sizes(trail))).toBeLessThanOrEqual(attempts === 1 ? 4096 : 2048);
    for (const step of trail) {
      expect({ ...step, message: undefined }).toEqual(failed(undefined));
      expect(step.message === undefined || step.message.isWellFormed()).toBe(true);
    }
    // Bounding what is bounded changes nothing.
    expect(boundTrail(trail)).toEqual(trail);
  });
});

test('a single message has 4 KB, also beside reasons of skips, and each of two has 2 KB', () => {
  const text = 'x'.repeat(60_000);
  expect(sizes(boundTrail([skipped('cooling down'), failed(text), failed(undefined)]))).toEqual([12, 4096, 0]);
  expect(sizes(boundTrail([failed(text), skipped('cooling down'), failed(text)]))).toEqual([2048, 12, 2048]);
  expect(sizes(boundTrail([failed(text), failed('short')]))).toEqual([2048, 5]);
  expect([messageBytesIn([failed(text)]), messageBytesIn([failed('a'), failed('b')])]).toEqual([4096, 2048]);
});

test.each([
  [15, 2048],
  [20, 1024],
  [40, 512],
  [80, 256],
  [120, 128],
  [1000, 0],
])('of %i attempts each message has %i bytes', (attempts, bytes) => {
  const trail = boundTrail(Array.from({ length: attempts }, () => failed('x'.repeat(60_000))));
  expect([Math.min(...sizes(trail)), Math.max(...sizes(trail))]).toEqual([bytes, bytes]);
});

test('short messages stay whole, and steps that do not change are the same objects', () => {
  const short = Array.from({ length: 20 }, (_, n) => failed(`no ${n}`));
  const trail = boundTrail([...short, failed('x'.repeat(60_000)), failed(undefined)]);
  for (const [index, step] of short.entries()) expect(trail[index]).toBe(step);
  expect(sizes(trail).slice(20)).toEqual([2048, 0]);
});

test('an error bounds its trail', () => {
  const attempts = Array.from({ length: 20 }, () => failed('x'.repeat(60_000)));
  const error = new GatewayError('all_providers_exhausted', { message: 'No entry could answer.', attempts });
  expect(sizeOf(error.details.attempts ?? attempts)).toBeLessThanOrEqual(TRAIL_BYTES);
  expect(new GatewayError('not_found', { message: 'x' }).details).not.toHaveProperty('attempts');
});
