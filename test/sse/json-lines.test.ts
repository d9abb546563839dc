import { expect, test } from 'vitest';
import { createEventReader } from '../../src/sse/event-reader.ts';
import { EventTooLarge } from '../../src/sse/event-scanner.ts';
import { beginsObject } from '../../src/sse/json-lines.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const PIECES = [': ', ' :', 'data: ', 'data :', 'data', 'id: ', ' ', '{ ', '} ', '" ', '[ ', '] ', ', ', 'x ', '\t'];
const ENDS = ['x}', '{', '"', '] x', '"choices"'];

const LINES = ['', ' ', ':'].flatMap((before) =>
  PIECES.flatMap((piece) => ENDS.map((end) => before + piece.repeat(20_000 / piece.length) + end)),
);

test.each(['\n', '\r\n'])(
  'a line of any repetition that ends in %j is read in proportion to its length',
  (eol) => {
    const slow: string[] = [];
    for (const line of LINES) {
      const reader = createEventReader(
        () => {},
        1_000_000,
        () => new EventTooLarge(),
      );
      const started = cpuTime();
      reader.push(Buffer.from(line + eol));
      reader.end();
      // A quadratic pattern takes more than a second, and an exponential one does not end.
      if (cpuTime() - started > 500) slow.push(line.slice(0, 8) + line.slice(-8));
    }
    expect(slow).toEqual([]);
  },
  30_000,
);

test.each(['{"a":1}', ' {"a":1}', 'data: {"a":1}', 'data:data: {', ' : : {', 'Data : {', ':{', 'event:id: {'])(
  '%j begins as an object',
  (line) => {
    expect(beginsObject(line)).toBe(true);
  },
);

test.each(['', 'data', 'data {', 'x: {', ': x {', '"a":1}', 'datadata: {'])('%j does not', (line) => {
  expect(beginsObject(line)).toBe(false);
});
