import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiEmbeddings } from '../../../../src/dialects/openai/embeddings/codec.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { decodeVector, dimensionsOf, encodeVector } from '../../../../src/dialects/openai/embeddings/vectors.ts';
import { callOf } from '../../../helpers/call.ts';
import { targetOf } from '../../../helpers/target.ts';
import { encodedBy } from '../../../helpers/encoded.ts';

const VECTOR = [0.25, -1.5, 3];
const BASE64 = 'AACAPgAAwL8AAEBA';

interface Item {
  readonly index?: unknown;
  readonly embedding?: unknown;
  readonly [name: string]: unknown;
}

const item = (index: number, embedding: unknown = VECTOR): Item => ({ object: 'embedding', index, embedding });

/** The problem of an answer with this `data`, or the `data` that the client gets. */
function read(data: unknown, input: object): { readonly problem: string } | { readonly data: readonly Item[] } {
  const body = Buffer.from(JSON.stringify({ object: 'list', data, model: 'm', usage: { prompt_tokens: 1 } }));
  return readBody(body, input);
}

function readBody(body: Buffer, input: object) {
  const context = { call: callOf({ operation: 'embeddings', input }), quirks: NO_QUIRKS, model: 'm' };
  const verdict = runAtOnce(openaiEmbeddings.judge(body, context));
  if (verdict.kind === 'unusable') return { problem: verdict.error?.message ?? verdict.problem };
  const mended = openaiEmbeddings.mend(verdict.value, body, context);
  return { ...(JSON.parse(mended.toString()) as { data: readonly Item[] }), unchanged: mended === body };
}

const TWO = { input: ['a', 'b'] };

describe('an answer is unusable', () => {
  test.each([
    ['with fewer vectors than inputs', [item(0)], 'The answer has 1 vectors for 2 inputs.'],
    ['with more vectors than inputs', [item(0), item(1), item(2)], 'The answer has 3 vectors for 2 inputs.'],
    ['without vectors', [], 'The answer has 0 vectors for 2 inputs.'],
    ['with null as data', null, 'The answer has no data.'],
    ['with an object as data', { 0: item(0), 1: item(1) }, 'The answer has no data.'],
    ['with a null in place of an item', [null, item(1)], 'An item of the answer is not an object.'],
    ['with a bare vector in place of an item', [VECTOR, VECTOR], 'An item of the answer is not an object.'],
    ['with an item without a vector', [item(0), { index: 1 }], 'An item of the answer has no vector.'],
    ['with a null vector', [item(0), item(1, null)], 'An item of the answer has no vector.'],
    ['with an empty vector', [item(0), item(1, [])], 'An item of the answer has no vector.'],
    ['with an empty text as vector', [item(0), item(1, '')], 'An item of the answer has no vector.'],
    ['with an item that is an error', [item(0), { index: 1, error: { message: 'too hot' } }], 'too hot'],
    ['with an error beside a vector', [item(0), { ...item(1), error: 'too hot' }], 'too hot'],
    ['with an item of the type error', [item(0), { object: 'error', message: 'too hot' }], 'too hot'],
    ['with a null in a vector', [item(0), item(1, [0.25, null, 3])], 'A vector of the answer has no finite numbers.'],
    ['with a text in a vector', [item(0), item(1, [0.25, '1', 3])], 'A vector of the answer has no finite numbers.'],
    ['with a matrix', [item(0), item(1, [VECTOR])], 'A vector of the answer has no finite numbers.'],
    ['with an object as vector', [item(0), item(1, { a: 1 })], 'A vector of the answer has no finite numbers.'],
    ['with two sizes', [item(0), item(1, [1, 2])], 'The vectors of the answer have 3 and 2 dimensions.'],
    [
      'with two sizes in two formats',
      [item(0, [1]), item(1, BASE64)],
      'The vectors of the answer have 1 and 3 dimensions.',
    ],
    ['with one index twice', [item(0), item(0)], 'The indexes of the answer do not number its vectors.'],
    [
      'with one index missing',
      [item(0), { embedding: VECTOR }],
      'The indexes of the answer do not number its vectors.',
    ],
    ['with an index too high', [item(0), item(2)], 'The indexes of the answer do not number its vectors.'],
    ['with a fraction as index', [item(0), item(0.5)], 'The indexes of the answer do not number its vectors.'],
    [
      'with a text as index',
      [item(0), { ...item(1), index: '1' }],
      'The indexes of the answer do not number its vectors.',
    ],
  ])('%s', (_, data, problem) => {
    expect(read(data, TWO)).toEqual({ problem });
  });

  test.each([
    ['a cut text', BASE64.slice(0, 6)],
    ['no whole float', 'AACAPgAAwL8='.slice(0, 8)],
    ['characters that are not base64', `${BASE64.slice(0, 15)}!`],
    ['an infinity', encodeVector([1, Infinity, 3])],
    ['no number', encodeVector([1, Number.NaN, 3])],
    ['blanks', `${BASE64}    `],
  ])('with %s as base64', (_, embedding) => {
    for (const encoding_format of ['float', 'base64', undefined])
      expect(read([item(0, embedding)], { input: 'a', encoding_format })).toEqual({
        problem: 'A vector of the answer has no finite numbers.',
      });
  });

  test('with a number that only a double holds, where base64 is requested', () => {
    const data = [item(0, [1e39])];
    expect(read(data, { input: 'a', encoding_format: 'base64' })).toHaveProperty('problem');
    expect(read(data, { input: 'a' })).toMatchObject({ data });
  });

  test('with a number that no double holds', () => {
    const body = Buffer.from('{"data":[{"index":0,"embedding":[1,1e999]}]}');
    expect(readBody(body, { input: 'a' })).toHaveProperty('problem');
  });
});

const data = (n: number) => Array.from({ length: n }, (__, index) => item(index));

test.each([
  ['a text', 'a', 1],
  ['an empty text', '', 1],
  ['a list of one text', ['a'], 1],
  ['a list of texts', ['a', 'b', 'c'], 3],
  ['tokens', [1, 2, 3], 1],
  ['lists of tokens', [[1, 2], [3]], 2],
  ['objects', [{ text: 'a' }, { image: 'b' }], 2],
])('%s is answered by as many vectors as it has inputs', (_, input, count) => {
  expect(read(data(count), { input })).toMatchObject({ unchanged: true });
  expect(read(data(count + 1), { input })).toHaveProperty('problem');
  expect(read(data(count - 1), { input })).toHaveProperty('problem');
});

test('items without an index are numbered in their order, and other members stay', () => {
  const data = [
    { embedding: [1], note: 'x' },
    { embedding: [2], index: null },
  ];
  expect(read(data, TWO)).toMatchObject({
    data: [
      { index: 0, embedding: [1], note: 'x' },
      { index: 1, embedding: [2] },
    ],
    model: 'm',
  });
});

test('permuted items are put in the order of their index', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }).chain((n) =>
        fc.shuffledSubarray(
          Array.from({ length: n }, (_, index) => index),
          { minLength: n, maxLength: n },
        ),
      ),
      (order) => {
        const input = { input: order.map(String) };
        const result = read(
          order.map((index) => item(index, [index, 1])),
          input,
        );
        expect(result).toMatchObject({ data: order.map((_, index) => item(index, [index, 1])) });
      },
    ),
  );
});

describe('the format', () => {
  test.each([
    ['floats for base64', { encoding_format: 'base64' }, VECTOR, BASE64],
    ['base64 for floats', { encoding_format: 'float' }, BASE64, VECTOR],
    ['base64 without a request for it', {}, BASE64, VECTOR],
    ['base64 for null', { encoding_format: null }, BASE64, VECTOR],
  ])('converts %s', (_, fields, embedding, wanted) => {
    const result = read([item(0, embedding), item(1, embedding)], { ...TWO, ...fields });
    expect(result).toMatchObject({ data: [item(0, wanted), item(1, wanted)] });
  });

  test('converts the vectors of one answer that differ in format', () => {
    expect(read([item(0), item(1, BASE64)], TWO)).toMatchObject({ data: [item(0), item(1)] });
  });

  test.each([
    ['floats', {}, VECTOR],
    ['base64', { encoding_format: 'base64' }, BASE64],
    ['an unknown format', { encoding_format: 'hex' }, 'ff00'],
    ['bytes as base64', { encoding_format: 'base64', output_dtype: 'int8' }, 'AQI='],
    ['bytes', { output_dtype: 'uint8' }, [1, 2, 255]],
    ['several types', { embedding_type: ['float', 'ubinary'] }, { float: VECTOR, ubinary: [1] }],
  ])('passes %s as requested, byte for byte', (_, fields, embedding) => {
    expect(read([item(0, embedding), item(1, embedding)], { ...TWO, ...fields })).toMatchObject({ unchanged: true });
  });

  test('an unknown format still has one vector for each input', () => {
    const input = { ...TWO, output_dtype: 'int8' };
    expect(read([item(0), item(1, [])], input)).toEqual({ problem: 'An item of the answer has no vector.' });
    expect(read([item(0)], input)).toHaveProperty('problem');
  });

  test('keeps the bytes of the members beside the data', () => {
    const body = Buffer.from(`{"id": 12345678901234567890, "data":[{"index":0,"embedding":"${BASE64}"}],"x":1.0}`);
    const context = { call: callOf({ operation: 'embeddings', input: { input: 'a' } }), quirks: NO_QUIRKS, model: 'm' };
    const mended = openaiEmbeddings.mend(JSON.parse(body.toString()) as object, body, context).toString();
    expect(mended).toBe(`{"id": 12345678901234567890, "data":[{"index":0,"embedding":[0.25,-1.5,3]}],"x":1.0}`);
  });

  test('base64 and floats convert to each other without loss', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 50 }), (vector) => {
        const text = encodeVector(vector);
        expect(dimensionsOf(text)).toBe(vector.length);
        expect(decodeVector(text)).toEqual(vector);
        expect(encodeVector(decodeVector(text))).toBe(text);
        const bytes = Buffer.from(text, 'base64');
        expect(vector.map((_, index) => bytes.readFloatLE(index * 4))).toEqual(vector);
      }),
    );
  });
});

const encode = (input: object, without: ReadonlySet<string> = new Set()) => {
  const call = callOf({ operation: 'embeddings', input: { model: 'default', ...input } });
  const { request, added } = encodedBy(openaiEmbeddings, call, targetOf(), { without, headers: {} });
  return { added, body: JSON.parse(String(request.body)) as object };
};

describe('the request', () => {
  test('does not need its encoding format, and omits it where it was refused', () => {
    const input = { input: 'a', encoding_format: 'base64' };
    expect(encode(input)).toEqual({ added: ['encoding_format'], body: { model: 'm', ...input } });
    expect(encode(input, new Set(['encoding_format']))).toEqual({ added: [], body: { model: 'm', input: 'a' } });
  });

  test('needs an encoding format that is not converted', () => {
    const input = { input: 'a', encoding_format: 'hex' };
    expect(encode(input, new Set(['encoding_format']))).toEqual({ added: [], body: { model: 'm', ...input } });
    expect(encode({ input: 'a' }).added).toEqual([]);
  });
});
