import { expect, test } from 'vitest';
import { codecOf } from '../../src/dialects/codec-of.ts';
import { DIALECTS } from '../../src/domain/chain.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';

test('every pair of an operation and a dialect has a codec of its own', () => {
  const pairs = Object.values(OPERATIONS).flatMap((operation) =>
    DIALECTS.map((dialect) => codecOf(operation, dialect)),
  );
  expect(new Set(pairs).size).toBe(Object.keys(OPERATIONS).length * DIALECTS.length);
});

test.each(['images.generate', 'toString', '__proto__'])('an operation that is not in the table throws: %s', (name) => {
  expect(() => codecOf({ ...OPERATIONS.embeddings, name }, 'openai')).toThrow(
    `There is no codec of ${name} for the dialect openai.`,
  );
});
