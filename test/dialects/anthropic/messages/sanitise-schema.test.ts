import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitiseSchema } from '../../../../src/dialects/anthropic/messages/sanitise-schema.ts';

test('constraints become words of the description, and objects have no further properties', () => {
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: {
      n: { type: 'integer', minimum: 1, maximum: 9, description: 'A count.' },
      d: { type: 'string', format: 'date' },
      p: { type: 'string', format: 'phone' },
      l: {
        type: 'array',
        items: { oneOf: [{ type: 'string' }, { $ref: '#/$defs/x', description: 'gone' }] },
        minItems: 1,
        maxItems: 3,
      },
    },
    required: ['n'],
    $defs: { x: { type: 'object', properties: {}, additionalProperties: true } },
  };
  expect(sanitiseSchema(schema)).toEqual({
    type: 'object',
    properties: {
      n: { type: 'integer', description: 'A count.\nminimum: 1, maximum: 9' },
      d: { type: 'string', format: 'date' },
      p: { type: 'string', description: 'format: "phone"' },
      l: {
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/x' }] },
        minItems: 1,
        description: 'maxItems: 3',
      },
    },
    required: ['n'],
    $defs: { x: { type: 'object', properties: {}, additionalProperties: false } },
    additionalProperties: false,
  });
});

test('a property may have the name of a constraint', () => {
  const schema = { type: 'object', properties: { minimum: { type: 'string' } } };
  expect(sanitiseSchema(schema)).toEqual({ ...schema, additionalProperties: false });
});

test('any object is read without an error, and what is made of it stays as it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (schema) => {
      const once = sanitiseSchema(schema);
      expect(sanitiseSchema(once)).toEqual(once);
    }),
  );
});
