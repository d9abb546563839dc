import { describe, expect, test } from 'vitest';
import { createBodyReader, MAX_ANSWER_BYTES } from '../../src/attempt/body-reader.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

/** The calls that a reader makes for a body of these pieces. */
function read(type: string | undefined, pieces: readonly string[], ended = true): string[] {
  return readBytes(
    type,
    pieces.map((piece) => Buffer.from(piece)),
    ended,
  );
}

function readBytes(type: string | undefined, pieces: readonly Buffer[], ended = true): string[] {
  const calls: string[] = [];
  const reader = createBodyReader(type, {
    onEvent: ({ data }) => void calls.push(`event ${data.toString()}`),
    onText: (body) => void calls.push(`text ${body.toString()}`),
    onMore: () => void calls.push('more'),
    onTooLarge: (message) => void calls.push(message),
  });
  for (const piece of pieces) reader.push(piece);
  if (ended) reader.end();
  return calls;
}

const TYPES = ['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'application/json', 'text/plain', undefined];

describe.each(TYPES)('a body of type %s', (type) => {
  test('is a stream of events if it begins as one, wherever it is cut', () => {
    for (const begin of ['', '\n\n', ' ', ': x\n\n', 'event: message\n', 'id: 1\n', 'retry: 2\n', '\uFEFF']) {
      const whole = Buffer.from(`${begin}data: {}\n\ndata: []\n\n`);
      const pieces = [...whole].map((byte) => Buffer.from([byte]));
      const wanted = ['event {}', 'event []'];
      expect(readBytes(type, [whole])).toEqual(wanted);
      expect(readBytes(type, pieces)).toEqual(wanted);
    }
  });

  test('is a text if it begins as an object or a list', () => {
    expect(read(type, ['\n', '{"a"', '\n', ':1}'])).toEqual(['more', 'more', 'text {"a"\n:1}']);
    expect(read(type, ['[1]'])).toEqual(['more', 'text [1]']);
  });

  test('is a text if it begins so after a byte order mark, wherever it is cut, and is delivered without the mark', () => {
    const bytes = Buffer.from('\uFEFF{"a":1}');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const calls = readBytes(type, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(calls.filter((each) => each !== 'more')).toEqual(['text {"a":1}']);
    }
  });

  test('is read behind comments of any kind, wherever it is cut, and without them', () => {
    const comments = [': x {\n\n: data: 1\r', '// {\n', '/* { ** /*/', '\uFEFF// "\n \t/**/\n: y\n'];
    for (const [content, wanted] of [
      ['{"a":"//"}', ['text {"a":"//"}']],
      ['data: {}\n\n', ['event {}']],
      ['/x', [type === undefined || /event/i.test(type) ? undefined : 'text /x']],
    ] as const)
      for (const comment of comments) {
        const bytes = Buffer.from(comment + content);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const calls = readBytes(type, [bytes.subarray(0, cut), bytes.subarray(cut)]);
          expect(calls.filter((each) => each !== 'more')).toEqual(wanted.filter((each) => each !== undefined));
        }
      }
  });

  test('is a stream of events without field names if another line follows a whole object, wherever it is cut', () => {
    for (const [content, wanted] of [
      ['{"a":1}\n{"b":2}\n', ['event {"a":1}', 'event {"b":2}']],
      ['{"a":1}\r\n\r\ndata: 2\r\n\r\n', ['event {"a":1}', 'event 2']],
      ['{"a":1}\n\n', ['text {"a":1}\n\n']],
      ['{"a":{}\n}', ['text {"a":{}\n}']],
      ['{\n"a":1}\n', ['text {\n"a":1}\n']],
      ['{"a"}\n{"b":2}', ['text {"a"}\n{"b":2}']],
    ] as const) {
      const bytes = Buffer.from(content);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const calls = readBytes(type, [bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(calls.filter((each) => each !== 'more')).toEqual(wanted);
      }
    }
  });

  test('that is markup is delivered at once, whatever follows', () => {
    expect(read(type, [' <html>', 'never'], false)).toEqual(['text <html>']);
  });

  test('is read to its limit and no further', () => {
    const piece = `"${'x'.repeat(MAX_ANSWER_BYTES / 2)}`;
    const calls = read(type, ['[', piece, piece, piece]);
    expect(calls.filter((each) => each !== 'more')).toEqual(['The answer is too large.']);
  });
});

test('an empty body is an empty stream if its content-type is that of a stream, and an empty text otherwise', () => {
  expect(read('text/event-stream', [])).toEqual([]);
  expect(read('application/json', ['\n\n'])).toEqual(['text ']);
});

function ignore(): void {}

test.each([' ', '\n', ': '])('a body of nothing but %j is read quickly, and is too large from 16 MB on', (piece) => {
  const bytes = Buffer.from(piece.repeat((1024 * 1024) / piece.length));
  const calls: string[] = [];
  const onTooLarge = (message: string): void => void calls.push(message);
  const reader = createBodyReader(undefined, { onEvent: ignore, onText: ignore, onMore: ignore, onTooLarge });
  const before = cpuTime();
  for (let n = 0; n < 16; n++) reader.push(bytes);
  // An iterator over the bytes takes more than a second.
  expect([calls.length, cpuTime() - before < 900]).toEqual([0, true]);
  reader.push(bytes);
  reader.push(bytes);
  expect(calls).toEqual(['The provider sent too much before the answer.']);
});
