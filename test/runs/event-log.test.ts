import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventLog } from '../../src/runs/event-log.ts';
import { chunkEvent, chunkIn, dataIn, eventJson } from '../../src/runs/run-event.ts';

const texts = (events: Iterable<Buffer>): string[] => [...events].map(String);

/** Events of all sizes around those of the log's pieces. */
const event = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer({ min: 3000, max: 140_000 }).map((length) => 'x'.repeat(length)),
);

describe('a log of events', () => {
  test('returns the events from any number on, in order, and knows their numbers', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat(70), (all, skipped) => {
        const log = new EventLog(() => undefined);
        for (const [index, text] of all.entries()) expect(log.append(Buffer.from(text))).toBe(index + 1);
        expect([log.first, log.last]).toEqual([1, all.length]);
        expect(texts(log.from(skipped + 1))).toEqual(all.slice(skipped));
      }),
      { numRuns: 200 },
    );
  });

  test('drops the oldest events only, keeps the newest, and counts the memory that it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { minLength: 1, maxLength: 60 }), (steps) => {
        let counted = 0;
        const log = new EventLog((change) => void (counted += change));
        for (const [text, drop] of steps) {
          log.append(Buffer.from(text));
          if (drop) log.dropOldest();
          const kept = steps.slice(log.first - 1, log.last).map(([each]) => each);
          expect(texts(log.from(log.first))).toEqual(kept);
          expect(kept.length).toBeGreaterThan(0);
          expect(log.bytes).toBe(counted);
          expect(log.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(kept.join('')));
        }
        log.clear();
        expect([log.bytes, counted, texts(log.from(1))]).toEqual([0, 0, []]);
        expect(log.first).toBe(log.last + 1);
      }),
      { numRuns: 200 },
    );
  });

  test('takes little more memory than its events when they are small', () => {
    const log = new EventLog(() => undefined);
    const bytes = Buffer.alloc(250, 'x');
    for (let n = 0; n < 10_000; n++) log.append(bytes);
    expect(log.bytes / (10_000 * 250)).toBeLessThan(1.15);
  });

  test('hands out one event at least, and no more than fit', () => {
    const log = new EventLog(() => undefined);
    for (let n = 0; n < 10; n++) log.append(Buffer.alloc(100, String(n)));
    expect(texts(log.from(1, 1)).length).toBe(1);
    expect(texts(log.from(1, 250)).length).toBe(3);
  });
});

describe('the events of a delivery', () => {
  test('are cut at their lines, whatever their names and however many there are', () => {
    const line = fc.string().map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.boolean())), (events) => {
        const delivery = events.map(([json, named]) => `${named ? 'event: x\n' : ''}data: ${json}\n\n`).join('');
        expect(texts(dataIn(Buffer.from(delivery)))).toEqual(events.map(([json]) => json));
      }),
    );
  });

  test('keep the bytes of their chunk', () => {
    const json = Buffer.from('{"a":1.0,  "b":"\\u0041"}');
    const made = Buffer.concat(chunkEvent(json));
    expect(JSON.parse(made.toString())).toEqual({ type: 'chunk', chunk: { a: 1, b: 'A' } });
    expect(chunkIn(made)?.equals(json)).toBe(true);
    expect(chunkIn(eventJson({ type: 'queued', position: 1, etaMs: null }))).toBeUndefined();
    expect(chunkIn(Buffer.from('{}'))).toBeUndefined();
  });
});
