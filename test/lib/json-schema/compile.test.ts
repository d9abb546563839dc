import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/lib/json-schema/compile.ts';

const problemOf = (schema: unknown): string | undefined => {
  const compiled = compileSchema(schema);
  return compiled.ok ? undefined : compiled.problem;
};

describe('a schema is refused, with its place,', () => {
  test.each([
    ['that is no object', 7, '/: must be a schema: an object or a boolean'],
    ['with an unknown type', { properties: { a: { type: 'strin' } } }, '/properties/a/type: must be one of null,'],
    ['with an empty list of types', { type: [] }, '/type: must be one of null,'],
    ['with properties that are a list', { properties: [] }, '/properties: must be an object of schemas'],
    ['with an enum that is no list', { enum: 'a' }, '/enum: must be a list'],
    ['with required that are no names', { required: [1] }, '/required: must be a list of names'],
    ['with an empty anyOf', { anyOf: [] }, '/anyOf: must be a list of schemas'],
    ['with a minimum that is a text', { minimum: '1' }, '/minimum: must be a number'],
    [
      'with a minimum that is exclusive by a flag, as in draft 4',
      { exclusiveMinimum: true },
      '/exclusiveMinimum: must',
    ],
    ['with multiples of 0', { multipleOf: 0 }, '/multipleOf: must be a number above 0'],
    ['with a length of a half', { minLength: 0.5 }, '/minLength: must be a whole number from 0 on'],
    ['with a reference to another document', { $ref: 'https://x/y' }, '/$ref: must begin with #/'],
    ['with a reference to nothing', { $ref: '#/$defs/a' }, '/$ref: leads to nothing'],
    ['with a reference to what every object inherits', { $ref: '#/constructor' }, '/$ref: leads to nothing'],
    ['with a reference with a broken escape', { $ref: '#/%' }, '/$ref: leads to nothing'],
    ['with a reference that is no text', { $ref: 1 }, '/$ref: must be a string'],
    ['that is itself', { $ref: '#' }, '/: refers to itself without an end'],
    [
      'whose alternatives lead back to it',
      {
        $defs: { a: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } },
        $ref: '#/$defs/a',
      },
      '/: refers to itself without an end',
    ],
    [
      'that is nested too deeply',
      JSON.parse(`${'{"not":'.repeat(102)}{}${'}'.repeat(102)}`),
      'is nested more than 100 levels deep',
    ],
    [
      'with many objects in an enum',
      { enum: Array.from({ length: 101 }, (_, x) => ({ x })) },
      '/enum: has more than 100',
    ],
    ['with unique items', { uniqueItems: true }, '/uniqueItems: is not supported'],
    ["with OpenAPI's nullable", { items: { nullable: true } }, '/items/nullable: is not of JSON Schema'],
    ['with an id below the root', { items: { $id: 'x' } }, '/items/$id: is supported at the root only'],
    ...[
      'patternProperties',
      'unevaluatedProperties',
      'contains',
      'dependentRequired',
      'dependencies',
      '$dynamicRef',
    ].map((keyword): [string, object, string] => [
      `with ${keyword}`,
      { items: { [keyword]: {} } },
      `/items/${keyword}: is not supported`,
    ]),
  ])('%s', (_, schema, problem) => {
    expect(problemOf(schema)).toContain(problem);
  });
});

test.each([
  [
    'annotations and unknown keywords',
    { title: 'x', examples: [7], default: 1, 'x-order': 2, $comment: '', deprecated: true },
  ],
  ['a definition that nothing refers to', { $defs: { a: { contains: {} } } }],
  ['a property with the name of a keyword', { properties: { contains: {}, $ref: {}, nullable: { const: true } } }],
  ['recursion with a step into the value', { properties: { next: { $ref: '#' } } }],
  ['a reference to itself within an item', { items: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }],
  ['a long chain of references', chainOf(1000)],
  ['uniqueItems and nullable that say nothing', { uniqueItems: false, nullable: false }],
])('%s are accepted', (_, schema) => {
  expect(problemOf(schema)).toBeUndefined();
});

function chainOf(length: number): object {
  const defs = Array.from({ length }, (_, n) => [`d${n}`, n === 0 ? {} : { $ref: `#/$defs/d${n - 1}` }]);
  return { $defs: Object.fromEntries(defs), $ref: `#/$defs/d${length - 1}` };
}
