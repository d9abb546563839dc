import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embeddingsBatch as batch } from '../../../../src/dialects/openai/embeddings/batch.ts';
import type { JsonBody } from '../../../../src/dialects/codec.ts';
import type { Call } from '../../../../src/domain/call.ts';
import { fieldsOf } from '../../../../src/lib/record.ts';
import { callOf, textOf } from '../../../helpers/call.ts';

const bodyOf = (value: object): JsonBody => ({ value, bytes: Buffer.from(JSON.stringify(value)) });
const embed = (input: unknown): Call => {
  const body = { model: 'default', input, user: 'u' };
  return callOf({ operation: 'embeddings', input: body });
};

/** What a server answers: each vector depends on its input only. */
function answer(call: Call): JsonBody {
  const { input } = fieldsOf(call.input);
  const inputs = (Array.isArray(input) ? input : [input]) as readonly string[];
  return bodyOf({
    object: 'list',
    model: 'm',
    data: inputs.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, Number(text)] })),
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length, details: { cached: 1 } },
  });
}

const usageOf = ({ value }: JsonBody): unknown => fieldsOf(value)['usage'];

test('a request that is split and joined is answered as one that is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 80 }), (inputs, most) => {
      const call = embed(Array.from({ length: inputs }, (_, index) => String(index)));
      const parts: JsonBody[] = [];
      for (let from = 0; from < inputs; from += most)
        parts.push(answer(batch.slice(call, from, Math.min(inputs, from + most))));
      const whole = answer(call).value;
      const usage = { prompt_tokens: inputs, total_tokens: inputs, details: { cached: parts.length } };
      const joined = batch.join(parts);
      expect(joined?.value).toEqual({ ...whole, usage });
      expect(JSON.parse(joined?.bytes.toString() ?? '')).toEqual({ ...whole, usage });
    }),
  );
});

describe('a part of a request', () => {
  test('has some of the inputs, and every other member of the client’s bytes', () => {
    const text = '{"input": [ "a", [1, 2] , "c" ],  "seed": 12345678901234567890}';
    const part = batch.slice(callOf({ operation: 'embeddings', input: text }), 1, 3);
    expect(textOf(part.body)).toBe('{"input": [[1, 2] , "c"],  "seed": 12345678901234567890}');
    expect(part.content).toMatchObject({ inputs: 2, windowTokens: 2 });
  });

  test.each([
    ['a text', 'a', 1],
    ['tokens', [1, 2, 3], 1],
    ['texts', ['a', 'b'], 2],
    ['lists of tokens', [[1], [2], [3]], 3],
    ['texts and a number, which has no place of its own', ['a', 2, 'b'], 1],
  ])('of %s is one input', (_, input, size) => {
    expect(batch.size(embed(input))).toBe(size);
  });
});

const part = (embedding: unknown, usage?: object): JsonBody =>
  bodyOf({ data: [{ index: 0, embedding }], ...(usage === undefined ? {} : { usage }) });

describe('joined answers', () => {
  test('have no usage where one part has none', () => {
    const joined = batch.join([part([1], { prompt_tokens: 3 }), part([2])]);
    expect(joined?.value).toEqual({
      data: [
        { index: 0, embedding: [1] },
        { index: 1, embedding: [2] },
      ],
    });
    expect(JSON.parse(joined?.bytes.toString() ?? '')).toEqual(joined?.value);
  });

  test('keep a count that only one part has', () => {
    const parts = [part([1], { prompt_tokens: 3, cost: 0.5 }), part([2], { prompt_tokens: 4, unit: 'tokens' })];
    expect(usageOf(batch.join(parts) ?? part([]))).toEqual({ prompt_tokens: 7, cost: 0.5, unit: 'tokens' });
  });

  test.each([
    ['numbers', [1], [1, 2]],
    ['base64', 'AACAPg==', 'AACAPgAAwL8='],
  ])('do not exist where the vectors of two parts differ in size, as %s', (_, a, b) => {
    expect(batch.join([part(a), part(b)])).toBeUndefined();
    expect(batch.join([part(a), part(a)])).toBeDefined();
  });
});
