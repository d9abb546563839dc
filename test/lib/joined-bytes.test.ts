import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JoinedBytes } from '../../src/lib/joined-bytes.ts';

test('bytes are held in order, however they arrive and whenever they are looked at', () => {
  // Many tiny pieces, and some that are larger than what is joined at once.
  const piece = fc.oneof(
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }).map((byte) => new Uint8Array(700_000).fill(byte)) },
  );
  const step = fc.record({
    pieces: fc.array(piece, { maxLength: 400, size: 'max' }),
    look: fc.boolean(),
    take: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), fc.nat({ max: 3_000_000 }), (steps, expected) => {
      const bytes = new JoinedBytes(expected);
      let held = Buffer.alloc(0);
      for (const { pieces, look, take } of steps) {
        for (const each of pieces) bytes.add(Buffer.from(each));
        held = Buffer.concat([held, ...pieces]);
        expect([bytes.size, bytes.firstByte, bytes.lastByte]).toEqual([held.length, held[0], held.at(-1)]);
        if (look) expect(bytes.all().equals(held)).toBe(true);
        if (!take) continue;
        expect(bytes.take().equals(held)).toBe(true);
        held = Buffer.alloc(0);
        expect([bytes.size, bytes.firstByte, bytes.lastByte, bytes.all().length]).toEqual([0, undefined, undefined, 0]);
      }
    }),
    { numRuns: 60 },
  );
});

test('a single piece is not copied, and what was taken does not change', () => {
  const bytes = new JoinedBytes();
  const large = Buffer.alloc(3_000_000, 'a');
  bytes.add(large);
  expect(bytes.all()).toBe(large);
  for (let n = 0; n < 5; n++) bytes.add(Buffer.alloc(500_000, 'b'));
  const taken = bytes.take();
  const before = Buffer.from(taken);
  for (let n = 0; n < 600; n++) bytes.add(Buffer.from('c'));
  expect(taken.equals(before)).toBe(true);
  expect(bytes.take().equals(Buffer.alloc(600, 'c'))).toBe(true);
});
