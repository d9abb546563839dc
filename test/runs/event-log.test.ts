import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventLog } from '../../src/runs/event-log.ts';
import { type FrameForm, FrameWriter, jsonIn, reframed } from '../../src/runs/frames.ts';

/** Events of all sizes around those of the log's pieces. */
const event = fc.record({
  text: fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    fc.integer({ min: 3000, max: 140_000 }).map((length) => 'x'.repeat(length)),
  ),
  isChunk: fc.boolean(),
});
type Event = { readonly text: string; readonly isChunk: boolean };

/** Appends a text as the middle of a larger source, between a text before and one after it. */
function append(log: EventLog, { text, isChunk }: Event): number {
  const source = Buffer.from(`..${text}.`);
  return log.append({ before: '<', source, from: 2, to: source.length - 1, after: '>', isChunk });
}

const written = ({ text }: Event): string => `<${text}>`;

/** What a reader of ranges gets from a number on. */
function readFrom(log: EventLog, from: number, only: 'all' | 'chunks'): string {
  let text = '';
  for (let next = from; next <= log.last;) {
    const range = log.range(next, only);
    expect(range.next).toBeGreaterThan(next);
    text += range.bytes?.toString() ?? '';
    next = range.next;
  }
  return text;
}

describe('a log of events', () => {
  test('returns the events from any number on, in order, all or the chunks, and each by its number', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat(70), (all, skipped) => {
        const log = new EventLog(() => undefined);
        for (const [index, each] of all.entries()) expect(append(log, each)).toBe(index + 1);
        expect([log.first, log.last]).toEqual([1, all.length]);
        const rest = all.slice(skipped);
        expect(readFrom(log, skipped + 1, 'all')).toBe(rest.map(written).join(''));
        expect(readFrom(log, skipped + 1, 'chunks')).toBe(
          rest
            .filter(({ isChunk }) => isChunk)
            .map(written)
            .join(''),
        );
        for (const [index, each] of all.entries()) {
          const { bytes, isChunk } = log.eventAt(index + 1);
          expect([bytes.toString(), isChunk]).toEqual([written(each), each.isChunk]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('drops the oldest events only, keeps the newest, and counts the memory that it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { minLength: 1, maxLength: 60 }), (steps) => {
        let counted = 0;
        const log = new EventLog((change) => void (counted += change));
        for (const [each, drop] of steps) {
          append(log, each);
          if (drop) log.dropOldest();
          const kept = steps.slice(log.first - 1, log.last).map(([one]) => written(one));
          expect(readFrom(log, log.first, 'all')).toBe(kept.join(''));
          expect(kept.length).toBeGreaterThan(0);
          expect(log.bytes).toBe(counted);
          expect(log.bytes).toBeGreaterThanOrEqual(kept.join('').length);
        }
        log.clear();
        expect([log.bytes, counted, log.first]).toEqual([0, 0, log.last + 1]);
        expect(log.range(1, 'all').bytes).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('takes little more memory than its events when they are small', () => {
    const log = new EventLog(() => undefined);
    for (let n = 0; n < 10_000; n++) append(log, { text: 'x'.repeat(248), isChunk: true });
    expect(log.bytes / (10_000 * 250)).toBeLessThan(1.15);
  });

  test('has no event that was dropped, or is still to come', () => {
    const log = new EventLog(() => undefined);
    expect(() => log.eventAt(1)).toThrow(RangeError);
    append(log, { text: 'x', isChunk: true });
    expect(() => log.eventAt(2)).toThrow(RangeError);
  });
});

describe.each(['events', 'chunks'] as const)('the frames of a run in the form %s', (form: FrameForm) => {
  const other: FrameForm = form === 'events' ? 'chunks' : 'events';
  const ID = 'run_1';
  const made = (fill: (writer: FrameWriter) => void): EventLog => {
    const log = new EventLog(() => undefined);
    fill(new FrameWriter(log, { id: ID, form }));
    return log;
  };

  /** Only the form of a plain stream has the names of its events. */
  const NAME_LINE = /^event: .*\n/m;

  test('hold the bytes of every chunk of a delivery, whatever the names and however many there are', () => {
    const line = fc.string().map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.boolean())), (events) => {
        const delivery = events.map(([json, named]) => `${named ? 'event: data: x\n' : ''}data: ${json}\n\n`).join('');
        const log = made((writer) => writer.chunks(Buffer.from(delivery)));
        expect(log.last).toBe(events.length);
        for (const [index, [json]] of events.entries()) {
          const frame = { ...log.eventAt(index + 1), form };
          expect(jsonIn(frame).toString()).toBe(json);
          const id = `${ID}:${index + 1}`;
          const bytes = reframed(frame, id);
          expect(jsonIn({ ...frame, bytes, form: other }).toString()).toBe(json);
          const back = reframed({ ...frame, bytes, form: other }, id).toString();
          expect(back).toBe(frame.bytes.toString().replace(NAME_LINE, ''));
        }
      }),
    );
  });

  test('hold the events of the gateway’s own, in both forms', () => {
    const log = made((writer) => {
      writer.own({ type: 'attempt', n: 1, provider: 'a', model: 'data: \n m' });
      writer.chunks(Buffer.from('data: {"a":1.0,  "b":"\\u0041"}\n\n'));
    });
    const frames = [1, 2].map((number) => ({ ...log.eventAt(number), form }));
    const texts = (wanted: FrameForm): string[] =>
      frames.map((frame, index) =>
        (frame.form === wanted ? frame.bytes : reframed(frame, `${ID}:${index + 1}`)).toString(),
      );
    const attempt = '{"type":"attempt","n":1,"provider":"a","model":"data: \\n m"}';
    expect(texts('events')).toEqual([
      `id: run_1:1\ndata: ${attempt}\n\n`,
      'id: run_1:2\ndata: {"type":"chunk","chunk":{"a":1.0,  "b":"\\u0041"}}\n\n',
    ]);
    expect(texts('chunks')).toEqual([
      `event: attempt\nid: run_1:1\ndata: ${attempt}\n\n`,
      'id: run_1:2\ndata: {"a":1.0,  "b":"\\u0041"}\n\n',
    ]);
  });
});
