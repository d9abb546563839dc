import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { createEventReader } from '../../src/sse/event-reader.ts';
import { createEventScanner, EventTooLarge } from '../../src/sse/event-scanner.ts';
import { eventBytes } from '../../src/sse/framing.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

function scan(pieces: readonly Buffer[], cap?: number): SseEvent[] {
  const events: SseEvent[] = [];
  const scanner = createEventScanner((event) => events.push({ ...event, data: Buffer.from(event.data) }), {
    maxEventBytes: cap,
  });
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return events;
}

/** The events that the full reader finds when it gets all bytes at once. */
function readWhole(bytes: Buffer): SseEvent[] {
  const events: SseEvent[] = [];
  const reader = createEventReader(
    (event) => events.push(event),
    bytes.length + 1,
    () => new EventTooLarge(),
  );
  reader.push(bytes);
  reader.end();
  return events;
}

const dataOf = (events: readonly SseEvent[]): string[] => events.map(({ data }) => data.toString('utf8'));
const partsOf = (events: readonly SseEvent[]) =>
  events.map(({ name, data }) => ({ name, data: data.toString('utf8') }));
const everyCut = (bytes: Buffer): Buffer[][] =>
  Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
const everyByte = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]));

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
}

const FRAMINGS = {
  'bare events': ['data: {"a":"é😀"}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n', ['{"a":"é😀"}', '{"b":2}', '[DONE]']],
  'named events': ['event: a\ndata: {"a":"é😀"}\n\nevent: b\ndata: {"b":2}\n\n', ['{"a":"é😀"}', '{"b":2}']],
  'named and bare events in turn': ['event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata: 3\n\n', ['1', '2', '3']],
  'names without a space after the colon': ['event:a\ndata: 1\n\ndata: 2\n\n', ['1', '2']],
  'data before its name': ['data: 1\nevent: a\n\ndata: 2\n\n', ['1', '2']],
  'CRLF lines': ['data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n', ['{"a":1}', '{"b":2}']],
  'CR lines': ['data: {"a":1}\r\rdata: {"b":2}\r\r', ['{"a":1}', '{"b":2}']],
  'no space after the colon': ['data:{"a":1}\n\n', ['{"a":1}']],
  'comments between and in front of data': [
    ': ping\n\n: x\ndata: {"a":1}\n\n:\n\ndata: {"b":2}\n\n',
    ['{"a":1}', '{"b":2}'],
  ],
  'ids, retries and unknown fields': ['id: 1\nretry: 5\nfoo: bar\ndata: {"a":1}\n\n', ['{"a":1}']],
  'a byte order mark': ['\uFEFFdata: {"a":1}\n\n', ['{"a":1}']],
  'no blank line after the last event': ['data: {"a":1}\n\nevent: b\ndata: {"b":2}\n', ['{"a":1}', '{"b":2}']],
  'no line end at all after the last event': ['data: {"a":1}', ['{"a":1}']],
  'extra blank lines': ['\n\n\ndata: {"a":1}\n\n\n\ndata: {"b":2}\n\n', ['{"a":1}', '{"b":2}']],
  'several data lines': ['data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
  'named and bare events with empty data': ['event: x\ndata: \n\ndata: \n\ndata: {"a":1}\n\n', ['{"a":1}']],
  'events without data': ['event: ping\n\ndata: {"a":1}\n\ndata:\n\nevent: x\ndata: \n\ndata: \n\n', ['{"a":1}']],
} as const;

test.each(Object.entries(FRAMINGS))('%s give the same events at every cut', (_, [text, expected]) => {
  const bytes = Buffer.from(text);
  for (const pieces of everyCut(bytes)) expect(dataOf(scan(pieces))).toEqual(expected);
  expect(dataOf(scan(everyByte(bytes)))).toEqual(expected);
});

test.each(['\n', '\r\n', '\r'])('an object between events is an event at every cut, with lines ended by %j', (eol) => {
  const bytes = Buffer.from('data: 1\n\n{"error":2}\n\nevent: x\ndata: 3\n\n{"error":4}'.replaceAll('\n', eol));
  for (const pieces of [...everyCut(bytes), everyByte(bytes)])
    expect(partsOf(scan(pieces))).toEqual([
      { name: undefined, data: '1' },
      { name: undefined, data: '{"error":2}' },
      { name: 'x', data: '3' },
      { name: undefined, data: '{"error":4}' },
    ]);
});

test('an object without a field name is delivered with its line end, wherever it is cut', () => {
  const data: string[] = [];
  const scanner = createEventScanner((event) => void data.push(event.data.toString()));
  for (const piece of ['{"a":', '1}\n{"b":2}', '\n{"c"', ':3}\n']) {
    scanner.push(Buffer.from(piece));
    data.push('|');
  }
  expect(data).toEqual(['|', '{"a":1}', '|', '{"b":2}', '|', '{"c":3}', '|']);
});

const LINES = {
  'an object after an event without its blank line': ['data: 1\n{"a":2}\n\ndata: 3\n\n', ['1', '{"a":2}', '3']],
  'objects line by line': ['data: 0\n\n{"a":1}\n{"a":2}\ndata: 3\n\n', ['0', '{"a":1}', '{"a":2}', '3']],
  'an object behind blanks': ['data: 1\n\n \t{"a":2}\n\n', ['1', ' \t{"a":2}']],
  'an object without quotes': ['data: 1\n\nx\n{cut\n', ['1', '{cut']],
  'an object under a misspelled field': ['data: 1\nData: {"a":2}\n\n', ['1', 'Data: {"a":2}']],
  'an object after a name': ['event: a\n{"a":1}\n\ndata: 2\n\n', ['{"a":1}', '2']],
  'an object in a comment': ['data: 1\n\n: {"a":{}}\n\n: a\n\ndata: 2\n\n', ['1', '{"a":{}}', '2']],
  'an object under the name of another field': [
    'data: 0\n\nid: {"a":{}}\n\nevent: {"b":[]}\n\nretry: {"c":1}\n\nevent: {"d":1}\ndata: 2\n\n',
    ['0', '{"a":{}}', '{"b":[]}', '{"c":1}', '{"d":1}', '2'],
  ],
  'the rest of an object without a quotation mark': ['data: 1\n\nnull}]}\n\ndata: 2\n\n', ['1', 'null}]}', '2']],
  'the rest of an object behind a colon': [
    'data: 1\n\n:null}]}\n\n:{"content":""}}]}\n\n',
    ['1', 'null}]}', '{"content":""}}]}'],
  ],
  'the rest of an object': ['data: 1\n\ndex":0,"delta":{}}]}\n\ndata: 2\n\n', ['1', 'dex":0,"delta":{}}]}', '2']],
} as const;

test.each(Object.entries(LINES))('%s gives the same events in order at every cut', (_, [text, expected]) => {
  for (const eol of ['\n', '\r\n', '\r']) {
    const bytes = Buffer.from(text.replaceAll('\n', eol));
    for (const pieces of [...everyCut(bytes), everyByte(bytes)]) expect(dataOf(scan(pieces))).toEqual(expected);
  }
});

test('only an event that the end of the stream cuts is marked as unfinished', () => {
  for (const text of ['data: 1\n\n{"a":1}\n\ndata: {"b"', 'data: 1\n\n{"a":1}\n\n{"b"'])
    for (const pieces of everyCut(Buffer.from(text)))
      expect(scan(pieces).map(({ unfinished }) => unfinished)).toEqual([undefined, undefined, true]);
});

const line = fc.string({
  unit: fc.constantFrom('a', ' ', ':', 'é', '😀', '{', '"', 'data: ', 'event: '),
  maxLength: 6,
});
const json = fc.json().filter((text) => !/[\r\n]/.test(text));
const bareEvent = json.map((data) => `data: ${data}\n\n`);
const namedEvent = fc.tuple(line, json).map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`);
const comment = fc.tuple(line, fc.constantFrom('\n', '\n\n')).map(([text, end]) => `:${text}${end}`);
const emptyEvent = fc.constantFrom('data: \n\n', 'event: x\ndata: \n\n');
const stray = json.map((text) => `{"error":${text}}\n`);
/** Lines after which the rest of the stream goes through the full reader. */
const foreign = fc.constantFrom(
  'id: 7\n',
  'data: 1\ndata: 2\n\n',
  'data: 1\nevent: x\n\n',
  'event: x\nid: 1\ndata: 2\n\n',
  'event: x\n\n',
  'event: x\nevent: y\ndata: 1\n\n',
  'event:x\ndata: 1\n\n',
  'data: 1\r\n\r\n',
);
const cuts = fc.array(fc.nat(300), { maxLength: 20 });

test('any stream of bare and named events, comments and strays gives the events of the full reader at any cut', () => {
  const part = fc.oneof(
    { weight: 4, arbitrary: bareEvent },
    { weight: 4, arbitrary: namedEvent },
    { weight: 2, arbitrary: comment },
    { weight: 1, arbitrary: stray },
    { weight: 1, arbitrary: emptyEvent },
    { weight: 1, arbitrary: foreign },
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), cuts, fc.nat(4), (parts, places, missing) => {
      const text = parts.join('');
      const bytes = Buffer.from(text.slice(0, text.length - missing));
      const events = scan(cutAt(bytes, places));
      expect(partsOf(events)).toEqual(partsOf(readWhole(bytes)));
      for (const event of events)
        if (event.plain !== undefined) expect(eventBytes({ ...event, plain: undefined })).toEqual(event.plain);
    }),
    { numRuns: 500 },
  );
});

test('bare and named events between comments pass as their own bytes, wherever they are cut', () => {
  const event = fc.oneof(
    bareEvent,
    namedEvent.filter((text) => !text.startsWith('event: \n')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.option(comment, { nil: '' })), { maxLength: 8 }), cuts, (parts, places) => {
      const bytes = Buffer.from(parts.map(([text, after]) => text + after).join(''));
      const events = scan(cutAt(bytes, places));
      expect(events.map(({ plain }) => plain?.toString())).toEqual(parts.map(([text]) => text));
    }),
  );
});

test.each(['data: 1\n\n', 'event: x\ndata: 1\n\n'])(
  '%j is handed out with its last byte, wherever it is cut',
  (text) => {
    const bytes = Buffer.from(text);
    for (const pieces of [...everyCut(bytes), everyByte(bytes)]) {
      const events: SseEvent[] = [];
      const scanner = createEventScanner((event) => events.push(event));
      for (const piece of pieces) scanner.push(piece);
      expect(events).toHaveLength(1);
    }
  },
);

test('any events cut anywhere are found whole and in order, whatever ends their lines', () => {
  fc.assert(
    fc.property(
      fc.array(json, { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (events, eol, places) => {
        const bytes = Buffer.from(events.map((event) => `data: ${event}${eol}${eol}`).join(''));
        expect(dataOf(scan(cutAt(bytes, places)))).toEqual(events);
      },
    ),
  );
});

test.each(['data: {"a" : 9007199254740993}\n\n', 'event: chunk\ndata: {"a" : 9007199254740993}\n\n'])(
  '%j passes as its own bytes',
  (text) => {
    const bytes = Buffer.from(text);
    expect(scan([bytes]).map(eventBytes)).toEqual([bytes]);
  },
);

test('an event in any other form is written anew as its name and one data line', () => {
  const events = scan([Buffer.from('event: return\nid: 7\nretry: 1\ndata: {"a":\ndata: 1}\n\n')]);
  expect(events[0]?.name).toBe('return');
  expect(events.map((event) => eventBytes(event).toString())).toEqual(['event: return\ndata: {"a": 1}\n\n']);
});

test('a carriage return inside a line cannot smuggle bytes past the reader', () => {
  const [event, ...others] = scan([Buffer.from('data: {"a":1}\revent: return\n\n')]);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ name: 'return', plain: undefined });
});

test('a line end in a name is not written', () => {
  const event = { name: 'a\r\nid: 1', data: Buffer.from('1'), plain: undefined };
  expect(eventBytes(event).toString()).toBe('event: aid: 1\ndata: 1\n\n');
});

test('an event past the size limit is an error, however it is cut and framed', () => {
  for (const start of ['data: ', 'event: x\ndata: '])
    for (const end of ['\n\n', '\r\n\r\n', '']) {
      const bytes = Buffer.from(start + 'x'.repeat(300) + end);
      expect(() => scan([bytes], 100)).toThrow(EventTooLarge);
      expect(() => scan(everyByte(bytes), 100)).toThrow(EventTooLarge);
    }
});

/** The CPU time in which so many bytes of lines are scanned, in milliseconds. */
function scanTime(line: string, bytes: number): number {
  const body = Buffer.from(`data: 1\n\nid: 1\n${line.repeat(bytes / line.length)}\ndata: 2\n\n`);
  const start = cpuTime();
  const events = scan([body]);
  const taken = cpuTime() - start;
  expect([dataOf(events).at(0), dataOf(events).at(-1)]).toEqual(['1', '2']);
  return taken;
}

test.each(['x"\n', 'x\n', 'x: y\n', '}\n', ':\n'])('lines %j take a time that is linear in their bytes', (line) => {
  // In quadratic time a megabyte takes sixteen times as long as its quarter. A collection of garbage or a busy machine may disturb a round, but
  // not all of them.
  const rounds = Array.from({ length: 6 }, () => () => scanTime(line, 1024 * 1024) / (scanTime(line, 256 * 1024) + 2));
  expect(rounds.some((ratio) => ratio() < 9)).toBe(true);
});
