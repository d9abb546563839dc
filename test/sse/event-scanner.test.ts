import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { eventBytes } from '../../src/sse/framing.ts';
import { createEventScanner, EventTooLarge } from '../../src/sse/event-scanner.ts';

function scan(pieces: readonly Buffer[], cap?: number): SseEvent[] {
  const events: SseEvent[] = [];
  const scanner = createEventScanner((event) => events.push({ ...event, data: Buffer.from(event.data) }), {
    maxEventBytes: cap,
  });
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return events;
}

const dataOf = (events: readonly SseEvent[]): string[] => events.map(({ data }) => data.toString('utf8'));
const everyCut = (bytes: Buffer): Buffer[][] =>
  Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);

const FRAMINGS = {
  'bare events': ['data: {"a":"é😀"}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n', ['{"a":"é😀"}', '{"b":2}', '[DONE]']],
  'CRLF lines': ['data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n', ['{"a":1}', '{"b":2}']],
  'CR lines': ['data: {"a":1}\r\rdata: {"b":2}\r\r', ['{"a":1}', '{"b":2}']],
  'no space after the colon': ['data:{"a":1}\n\n', ['{"a":1}']],
  'comments between and in front of data': [
    ': ping\n\n: x\ndata: {"a":1}\n\n:\n\ndata: {"b":2}\n\n',
    ['{"a":1}', '{"b":2}'],
  ],
  'ids, retries and unknown fields': ['id: 1\nretry: 5\nfoo: bar\ndata: {"a":1}\n\n', ['{"a":1}']],
  'a byte order mark': ['\uFEFFdata: {"a":1}\n\n', ['{"a":1}']],
  'no blank line after the last event': ['data: {"a":1}\n\ndata: {"b":2}\n', ['{"a":1}', '{"b":2}']],
  'no line end at all after the last event': ['data: {"a":1}', ['{"a":1}']],
  'extra blank lines': ['\n\n\ndata: {"a":1}\n\n\n\ndata: {"b":2}\n\n', ['{"a":1}', '{"b":2}']],
  'several data lines': ['data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
  'events without data': ['event: ping\n\ndata: {"a":1}\n\ndata:\n\n', ['{"a":1}']],
} as const;

test.each(Object.entries(FRAMINGS))('%s are read alike at every cut', (_, [text, expected]) => {
  const bytes = Buffer.from(text);
  for (const pieces of everyCut(bytes)) expect(dataOf(scan(pieces))).toEqual(expected);
  expect(dataOf(scan([...bytes].map((byte) => Buffer.from([byte]))))).toEqual(expected);
});

test('an object between events is handed on as a stray, wherever an LF-ended stream is cut', () => {
  const bytes = Buffer.from('data: 1\n\n{"error":2}\n\ndata: 3\n\n{"error":4}');
  for (const pieces of everyCut(bytes))
    expect(scan(pieces).map(({ data, stray = false }) => [data.toString(), stray])).toEqual([
      ['1', false],
      ['{"error":2}', true],
      ['3', false],
      ['{"error":4}', true],
    ]);
});

test('any events cut anywhere come out whole and in order', () => {
  const json = fc.json().filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(
      fc.array(json, { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (events, eol, cuts) => {
        const bytes = Buffer.from(events.map((event) => `data: ${event}${eol}${eol}`).join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(dataOf(scan(pieces))).toEqual(events);
      },
    ),
  );
});

test('a bare event passes as the bytes it came in', () => {
  const bytes = Buffer.from('data: {"a" : 9007199254740993}\n\n');
  expect(scan([bytes]).map(eventBytes)).toEqual([bytes]);
});

test('what is not a bare event is written anew as one', () => {
  const events = scan([Buffer.from('event: return\nid: 7\nretry: 1\ndata: {"a":\ndata: 1}\n\n')]);
  expect(events[0]?.name).toBe('return');
  expect(events.map((event) => eventBytes(event).toString())).toEqual(['data: {"a": 1}\n\n']);
});

test('a carriage return inside a line cannot smuggle a field past the reader', () => {
  const written = scan([Buffer.from('data: {"a":1}\revent: return\n\n')]).map((event) => eventBytes(event).toString());
  expect(written).toEqual(['data: {"a":1}\n\n']);
});

test('an event past the cap is refused, however it is cut and framed', () => {
  const long = Buffer.from(`data: ${'x'.repeat(300)}`);
  for (const end of ['\n\n', '\r\n\r\n', '']) {
    const bytes = Buffer.concat([long, Buffer.from(end)]);
    expect(() => scan([bytes], 100)).toThrow(EventTooLarge);
    expect(() =>
      scan(
        [...bytes].map((byte) => Buffer.from([byte])),
        100,
      ),
    ).toThrow(EventTooLarge);
  }
});
