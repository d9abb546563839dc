import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Quirks } from '../../../src/domain/chain.ts';
import { NO_QUIRKS } from '../../../src/catalog/preset.ts';
import { mendedMessages } from '../../helpers/mended-messages.ts';
import { splice } from '../../../src/dialects/openai/splice.ts';
import { topLevelMembers } from '../../../src/lib/json-members.ts';

const edit = (text: string, edits: Record<string, string | undefined>): string =>
  splice(Buffer.from(text), { values: edits }).toString('utf8');
const rename = (text: string, keys: Record<string, string>): string =>
  splice(Buffer.from(text), { values: {}, keys }).toString('utf8');

test('only the edited value changes; every other byte stays', () => {
  const text = '{ "n" : 9007199254740993,\n "model" : "x\\"}," , "a":{"model":"inner"},"e":"\\u00e9 1.0e2" }';
  expect(edit(text, { model: '"y"' })).toBe(text.replace('"x\\"},"', '"y"'));
});

test('a missing member is added at the end, also to an empty object', () => {
  expect(edit('{"a":1}', { model: '"y"' })).toBe('{"a":1,"model":"y"}');
  expect(edit('{}', { model: '"y"' })).toBe('{"model":"y"}');
});

test('a member is removed in any position', () => {
  expect(edit('{"x":1,"b":2}', { x: undefined })).toBe('{"b":2}');
  expect(edit('{"b":2, "x":{"c":[1,"]"]} ,"d":3}', { x: undefined })).toBe('{"b":2, "d":3}');
  expect(edit('{"b":2,"x":1}', { x: undefined })).toBe('{"b":2}');
  expect(edit('{"x":1}', { x: undefined, model: '"y"' })).toBe('{"model":"y"}');
  expect(edit('{"b":2}', { x: undefined })).toBe('{"b":2}');
});

test('several members are removed in any position', () => {
  const text = '{ "a":1, "b" : [2] ,"c":3, "d":4 }';
  expect(edit(text, { a: undefined, c: undefined })).toBe('{ "b" : [2] ,"d":4 }');
  expect(edit(text, { b: undefined, c: undefined })).toBe('{ "a":1, "d":4 }');
  expect(edit(text, { c: undefined, d: undefined })).toBe('{ "a":1, "b" : [2] }');
  expect(edit(text, { a: undefined, b: undefined, c: undefined, d: undefined })).toBe('{  }');
});

test('a member gets a new key, unless a member with that key exists', () => {
  expect(rename('{"a":1, "b" : 2}', { b: 'c' })).toBe('{"a":1, "c":2}');
  expect(rename('{"c":1,"b":2}', { b: 'c' })).toBe('{"c":1}');
  expect(rename('{"a":{"b":1}}', { b: 'c' })).toBe('{"a":{"b":1}}');
  // Null counts as absent.
  expect(rename('{"c":null,"b":2}', { b: 'c' })).toBe('{"c":2}');
  expect(rename('{"b":2,"x":0,"c":null}', { b: 'c' })).toBe('{"c":2,"x":0}');
});

test('any removals from any object keep the rest equal', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.jsonValue()),
      fc.uniqueArray(names),
      fc.constantFrom(undefined, 2),
      (object, removed, indent) => {
        const result = edit(
          JSON.stringify(object, null, indent),
          Object.fromEntries(removed.map((key) => [key, undefined])),
        );
        const rest = Object.fromEntries(
          Object.entries(object).filter(([key]) => !removed.some((each) => each === key)),
        );
        expect(JSON.parse(result)).toEqual(JSON.parse(JSON.stringify(rest)));
      },
    ),
  );
});

test('a key written with escapes is the same key', () => {
  expect(edit('{"mod\\u0065l":1}', { model: '2' })).toBe('{"mod\\u0065l":2}');
});

test('any object keeps the rest equal and the bytes around an edit unchanged', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(objects, fc.boolean(), fc.constantFrom(undefined, 2), (object, present, indent) => {
      const { model: _, stream_options: __, ...rest } = object;
      const given = present ? { ...rest, model: 'old', stream_options: { include_usage: false } } : rest;
      const text = JSON.stringify(given, null, indent);
      const result = edit(text, { model: '"new"', stream_options: '{"include_usage":true}' });
      expect(JSON.parse(result)).toEqual({
        ...JSON.parse(JSON.stringify(rest)),
        model: 'new',
        stream_options: { include_usage: true },
      });
      const before = text.slice(0, text.lastIndexOf(present ? '"old"' : '}'));
      expect(present || result.startsWith(before.trimEnd())).toBe(true);
    }),
  );
});

test('members are found with their offsets, duplicates included', () => {
  const text = '\n{"a":1 ,"b":"x\\\\","a":[{}]}';
  const found = topLevelMembers(Buffer.from(text)).map(({ key, valueStart, valueEnd }) => [
    key,
    text.slice(valueStart, valueEnd),
  ]);
  expect(found).toEqual([
    ['a', '1'],
    ['b', '"x\\\\"'],
    ['a', '[{}]'],
  ]);
});

test('a member named like a method of every object stays unchanged', () => {
  expect(edit('{"toString":{},"__proto__":1,"constructor":2}', { model: '"y"' })).toBe(
    '{"toString":{},"__proto__":1,"constructor":2,"model":"y"}',
  );
});

test('in messages for a server without the role `developer` only the roles change, however they are escaped', () => {
  const text =
    '[ {"role" : "developer","n":12345678901234567890,"content":"\\u00e9 developer"},{"role":"user","x":1.0}, {"role":"\\u0064eveloper"}]';
  const older = { ...NO_QUIRKS, developerRole: false };
  expect(mended(text, older)).toBe(
    text.replace('"developer","n"', '"system","n"').replace('"\\u0064eveloper"', '"system"'),
  );
  expect(mended(text, NO_QUIRKS)).toBeUndefined();
  expect(mended('[{"role":"user","content":"developer"}]', older)).toBeUndefined();
  expect(mended('[]', older)).toBeUndefined();
});

test('from messages for a server that refuses members of answers only these are removed', () => {
  const strict = { ...NO_QUIRKS, messageRejects: ['reasoning', 'refusal'] };
  expect(
    mended(
      '[{"role":"user","content":[]} , { "reasoning":"a","role":"assistant", "content":null,"refusal": null,"x":12345678901234567890,"audio":null,"tool_calls":[ ]}]',
      strict,
    ),
  ).toBe('[{"role":"user","content":[]} , { "role":"assistant", "content":null,"x":12345678901234567890}]');
  expect(mended('[{"role":"developer","content":"x"}]', strict)).toBeUndefined();
});

function mended(messages: string, quirks: Quirks): string | undefined {
  return mendedMessages(`{"model":"m", "messages": ${messages} ,"n":1}`, quirks);
}
