import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSmall, jsonTextSteps } from '../../src/lib/json-text.ts';
import { runAtOnce } from '../../src/lib/steps.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const textOf = (value: object): string => runAtOnce(jsonTextSteps(value)).toString();

test('a value of any shape and size is written as by JSON.stringify', () => {
  const long = fc
    .integer({ min: 0, max: 140_000 })
    .chain((length) => fc.constantFrom('x', '"', '図', '🙂', '\n', 'x🙂').map((piece) => piece.repeat(length)));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.constant(undefined),
      long,
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 10 }), (trees) => {
      for (const value of [trees, { a: trees, b: undefined, c: 'y'.repeat(70_000) }, { a: [{}, [], trees] }])
        expect(textOf(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 30 },
  );
});

test('a large value is written between two texts, in many steps', () => {
  const value = { a: '"🙂'.repeat(5_000_000), b: Array.from({ length: 500_000 }, () => ({})) };
  const steps = jsonTextSteps(value, 'data: ', '\n\n');
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(step.value.toString() === `data: ${JSON.stringify(value)}\n\n`).toBe(true);
  // One for 64 KB of a text, and one for each item.
  expect(count).toBeGreaterThan(500_200);
});

test('how small a value is takes no longer for a larger one', () => {
  const large = { a: Array.from({ length: 2_000_000 }, (_, n) => ({ n })) };
  const before = cpuTime();
  for (let n = 0; n < 20; n++) expect(isSmall(large)).toBe(false);
  expect(cpuTime() - before).toBeLessThan(500);
  expect([
    isSmall('x'.repeat(10), 11),
    isSmall('x'.repeat(11), 11),
    isSmall({ key: 1 }, 5),
    isSmall({ key: 1 }, 4),
  ]).toEqual([true, false, true, false]);
});
