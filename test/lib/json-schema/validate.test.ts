import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { compileSchema } from '../../../src/lib/json-schema/compile.ts';
import { validateSteps } from '../../../src/lib/json-schema/validate.ts';
import { runAtOnce } from '../../../src/lib/steps.ts';

function problemOf(schema: unknown, value: unknown): string | undefined {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(compiled.problem);
  return runAtOnce(validateSteps(compiled.schema, value));
}

const NAMES = fc.constantFrom('a', 'b', '__proto__', 'constructor');
const SCALARS = fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 2.5, -3, 1e15, '', 'a', 'ab', 'b', '🙂');

const { value: VALUES } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    SCALARS,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(NAMES, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const { schema: SCHEMAS } = fc.letrec((tie) => {
  const one = tie('schema');
  const list = fc.array(one, { minLength: 1, maxLength: 3 });
  const count = fc.integer({ min: 0, max: 3 });
  const bound = fc.constantFrom(-3, 0, 1, 2.5);
  const type = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
  const types = fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 }));
  const values = fc.uniqueArray(VALUES, { minLength: 1, maxLength: 3, selector: (value) => JSON.stringify(value) });
  const properties = fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), one, {
    maxKeys: 2,
    noNullPrototype: true,
  });
  const keywords: readonly [string, fc.Arbitrary<unknown>][] = [
    ['type', types],
    ['enum', values],
    ['const', VALUES],
    ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((name) => [name, bound] as const),
    ['multipleOf', fc.constantFrom(0.5, 1, 2)],
    ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map(
      (name) => [name, count] as const,
    ),
    ['properties', properties],
    ['required', fc.uniqueArray(NAMES, { maxLength: 2 })],
    ...['additionalProperties', 'propertyNames', 'items', 'not', 'if', 'then', 'else'].map(
      (name) => [name, one] as const,
    ),
    ...['prefixItems', 'allOf', 'anyOf', 'oneOf'].map((name) => [name, list] as const),
    ['$ref', fc.constantFrom('#/$defs/a', '#/$defs/b')],
  ].map(([name, value]) => [name as string, value as fc.Arbitrary<unknown>]);
  const pair = fc.oneof(...keywords.map(([name, value]) => fc.tuple(fc.constant(name), value)));
  const object = fc
    .uniqueArray(pair, { minLength: 1, maxLength: 4, selector: ([name]) => name })
    .map(Object.fromEntries);
  return { schema: fc.oneof({ maxDepth: 3, depthIdentifier: 'schema' }, fc.boolean(), object) };
});

test('for any schema and value the verdict is that of ajv', () => {
  // Definitions without references in them: `refuseLoops` is for those.
  const definition = SCHEMAS.map((schema) => JSON.parse(JSON.stringify(schema).replaceAll('"$ref"', '"x"')) as unknown);
  const documents = fc.record({ schema: SCHEMAS, a: definition, b: definition });
  let matching = 0;
  fc.assert(
    fc.property(documents, fc.array(VALUES, { minLength: 5, maxLength: 5 }), ({ schema, a, b }, values) => {
      const root = { $defs: { a, b }, allOf: [schema] };
      // oxlint-disable-next-line unicorn/prefer-structured-clone -- a property `__proto__` must become an own one
      const parsed = JSON.parse(JSON.stringify(root)) as object;
      const validate = new Ajv2020({ strict: false, ownProperties: true }).compile(parsed);
      for (const value of values) {
        const expected = validate(value);
        if (expected) matching++;
        expect(problemOf(parsed, value) === undefined).toBe(expected);
      }
    }),
    { numRuns: 100 },
  );
  expect(matching).toBeGreaterThan(50);
});

describe('a problem has the place that the schema names, and no part of the value:', () => {
  const list = { properties: { items: { items: { properties: { price: { type: 'number' } }, required: ['id'] } } } };
  test.each([
    [{ type: ['number', 'null'] }, 'secret', 'must be one of null, number'],
    [list, { items: [{ id: 1 }, { id: 1, price: 'secret' }] }, '/items/1/price: must be number'],
    [list, { items: [{}] }, "/items/0: lacks the required property 'id'"],
    [{ additionalProperties: false }, { secret: 1 }, 'has a property that the schema does not allow'],
    [{ additionalProperties: { type: 'null' } }, { secret: 1 }, '/*: must be null'],
    [{ propertyNames: { maxLength: 2 } }, { secret: 1 }, '/*: breaks maxLength 2'],
    [{ enum: ['a'] }, 'secret', 'must be one of the values of enum or const'],
    [{ minItems: 2 }, [1], 'breaks minItems 2'],
    [{ anyOf: [{ type: 'null' }, list] }, { items: [{}] }, "/items/0: lacks the required property 'id'"],
    [{ anyOf: [{ const: 1 }, { const: 2 }] }, 3, 'must match one of the schemas of anyOf'],
    [{ oneOf: [{}, {}] }, 3, 'must match only one of the schemas of oneOf'],
    [{ not: {} }, 3, 'must not match the schema of not'],
    [false, 3, 'is not allowed'],
  ])('%j', (schema, value, problem) => {
    expect(problemOf(schema, value)).toBe(problem);
  });

  test('a long path is cut', () => {
    const schema = { items: { $ref: '#' }, type: 'array' };
    const value: unknown = JSON.parse(`${'['.repeat(200)}1${']'.repeat(200)}`);
    expect(problemOf(schema, value)).toMatch(/^(\/0){100}…: must be array$/);
  });
});

test.each([0.01, 0.1, 0.07])('decimal fractions are multiples of %d whatever their binary form', (multipleOf) => {
  for (let n = 0; n < 2000; n++) expect(problemOf({ multipleOf }, Number((n * multipleOf).toFixed(2)))).toBeUndefined();
  expect(problemOf({ multipleOf }, multipleOf * 2.5)).toBe(`breaks multipleOf ${multipleOf}`);
});

test("the tuples and definitions of draft 7, as the openai package's zod helper writes them", () => {
  const schema = {
    definitions: { n: { type: 'number' } },
    items: [{ $ref: '#/definitions/n' }],
    additionalItems: false,
  };
  expect([problemOf(schema, [1]), problemOf(schema, ['a']), problemOf(schema, [1, 2])]).toEqual([
    undefined,
    '/0: must be number',
    '/1: is not allowed',
  ]);
});

test('what zod writes is enforced, but for patterns and formats', () => {
  const schema = z.object({
    kind: z.discriminatedUnion('k', [z.object({ k: z.literal('x') }), z.object({ k: z.literal('y'), n: z.int() })]),
    tags: z.record(z.string(), z.number()),
    pair: z.tuple([z.string()]).rest(z.number()),
    mail: z.email().nullable(),
    get children() {
      return z.array(schema).optional();
    },
  });
  const written = z.toJSONSchema(schema);
  const value = { kind: { k: 'y', n: 1 }, tags: { a: 1 }, pair: ['a', 1], mail: 'a@example.com' };
  expect(problemOf(written, { ...value, children: [value] })).toBeUndefined();
  expect(problemOf(written, { ...value, mail: 'none' })).toBeUndefined();
  for (const wrong of [{ kind: { k: 'z' } }, { tags: { a: 'b' } }, { pair: [1] }, { pair: [] }, { children: [{}] }])
    expect(problemOf(written, { ...value, ...wrong })).toBeDefined();
});

/** The result, the number of steps, and the processor time of one on average, in milliseconds. */
function run(schema: object, value: unknown): { result: string | undefined; steps: number; average: number } {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(compiled.problem);
  const work = validateSteps(compiled.schema, value);
  const start = process.threadCpuUsage();
  for (let steps = 1; ; steps++) {
    const { done, value: result } = work.next();
    if (done !== true) continue;
    const { user, system } = process.threadCpuUsage(start);
    return { result, steps, average: (user + system) / 1000 / steps };
  }
}

const twice = (n: number): object =>
  n === 0 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${n - 1}` }, { $ref: `#/$defs/d${n - 1}` }] };

const listOf = (length: number, schema: object): object[] => Array.from({ length }, () => schema);

describe('work is bounded, and done in short steps:', () => {
  const alternatives = {
    $defs: {
      e: {
        oneOf: ['a', 'b', 'c'].map((kind) => ({
          properties: { left: { $ref: '#/$defs/e' }, right: { $ref: '#/$defs/e' }, kind: { const: kind } },
          required: ['kind'],
        })),
      },
    },
    $ref: '#/$defs/e',
  };

  test('recursive alternatives take time by the size of the value, not by the power of its depth', () => {
    let value: object = { kind: 'c' };
    for (let depth = 0; depth < 60; depth++) value = { kind: 'c', left: value, right: { kind: 'a' } };
    expect(run(alternatives, value)).toMatchObject({ result: undefined, steps: expect.closeTo(5, -1) as number });
  });

  test('so do schemas that are referred to twice, again and again', () => {
    const $defs = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`d${n}`, twice(n)]));
    expect(run({ $defs, $ref: '#/$defs/d59' }, 'x')).toMatchObject({ result: undefined, steps: 1 });
  });

  test('deep nesting is a problem', () => {
    const value: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(run({ items: { $ref: '#' } }, value).result).toBe('is nested too deeply to be checked');
  });

  const many = Array.from({ length: 50_000 }, () => ({}));
  const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`k${n}`, n]));
  const objects = Array.from({ length: 100 }, (_, n) => (n === 0 ? {} : { [`x${n}`]: 1 }));
  test.each([
    ['many values and many schemas', { items: { allOf: listOf(8, { type: 'object' }) } }, many],
    [
      'many values and many properties',
      { items: { properties: Object.fromEntries(Object.keys(wide).map((name) => [name, {}])) } },
      many,
    ],
    ['a long text and many lengths', { allOf: listOf(5000, { minLength: 3_000_000 }) }, 'x'.repeat(4_000_000)],
    ['a wide object and many counts', { allOf: listOf(5000, { minProperties: 1 }) }, wide],
    ['a wide object and many objects', { allOf: listOf(300, { not: { enum: objects } }) }, wide],
  ])('%s', (_, schema, value) => {
    const { steps, average } = run(schema, value);
    expect(steps).toBeGreaterThan(18);
    expect(average).toBeLessThan(8);
  });
});
