import { expect, test } from 'vitest';
import { formatLeft, formatRate, formatShare, formatTime } from '../../../dashboard/parts/numbers.ts';

test('times below a second are in milliseconds, longer ones in seconds', () => {
  expect([0, 0.45, 9.96, 219.4, 999.4].map(formatTime)).toEqual(['0 ms', '0.5 ms', '10.0 ms', '219 ms', '999 ms']);
  expect([999.6, 1000, 3021].map(formatTime)).toEqual(['1.00 s', '1.00 s', '3.02 s']);
});

test('a share below the whole is never shown as the whole, nor one above none as none', () => {
  expect([0, 0.5, 1].map(formatShare)).toEqual(['0', '50', '100']);
  expect(formatShare(0.9994)).toBe('99.94');
  expect(formatShare(0.999_999)).toBe('>99.99');
  expect(formatShare(0.000_01)).toBe('<0.1');
  expect(formatShare(0.0833)).toBe('8.3');
});

test('what is left is rounded up, in the largest unit that says enough', () => {
  expect([-5, 1, 26_000, 119_000, 180_000, 7_200_000, 172_800_000].map(formatLeft)).toEqual([
    '0 s',
    '1 s',
    '26 s',
    '119 s',
    '3 min',
    '2 h',
    '2 d',
  ]);
});

test('small rates have a decimal', () => {
  expect([0, 1.44, 42.4].map(formatRate)).toEqual(['0.0', '1.4', '42']);
});
