import { expect, test } from 'vitest';
import { codecOf } from '../../src/dialects/codec-of.ts';
import { DIALECTS } from '../../src/domain/chain.ts';
import { callOf } from '../helpers/call.ts';
import { targetOf } from '../helpers/target.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';

test('every pair of an operation and a dialect has a codec of its own, but for an API that two dialects share', () => {
  const pairs = Object.values(OPERATIONS).flatMap((operation) =>
    DIALECTS.map((dialect) => codecOf(operation, dialect)),
  );
  expect(new Set(pairs).size).toBe(Object.keys(OPERATIONS).length * DIALECTS.length - 1);
  expect(codecOf(OPERATIONS.embeddings, 'openai')).toBe(codecOf(OPERATIONS.embeddings, 'openai-responses'));
});

test('an operation that a dialect can neither speak nor translate makes every target unsuited', () => {
  const codec = codecOf(OPERATIONS.embeddings, 'anthropic');
  const call = callOf({ operation: 'embeddings', input: { input: 'x' } });
  const encoded = codec.encode(call, targetOf({ dialect: 'anthropic' }), { without: new Set(), headers: {} });
  expect(encoded).toEqual({ unsuited: 'This entry does not support embeddings with the dialect anthropic.' });
});

test.each(['images.generate', 'toString', '__proto__'])('an operation that is not in the table throws: %s', (name) => {
  expect(() => codecOf({ ...OPERATIONS.embeddings, name }, 'openai')).toThrow(
    `There is no codec of ${name} for the dialect openai.`,
  );
});
