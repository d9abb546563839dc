import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonDocument } from '../../src/lib/json-document.ts';
import { documentOf, type JsonLimits, JsonScanner } from '../../src/lib/json-scanner.ts';
import { isJson } from '../helpers/is-json.ts';

const NO_LIMITS: JsonLimits = { members: 1e9, values: 1e9, depth: 1e9 };

/** Scans bytes in pieces of these lengths, in turn. */
function scanned(bytes: Buffer, lengths: readonly number[] = [bytes.length || 1], limits = NO_LIMITS) {
  const scanner = new JsonScanner(limits);
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    scanner.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { document: scanner.end(bytes), exceeded: scanner.exceeded };
}

/** JSON in other spellings than JSON.stringify's: blanks, escapes, forms of numbers. */
const blank = fc.constantFrom('', '', ' ', '\n', '\t \r\n');
const number = fc.constantFrom('0', '-0', '1', '12345678901234567890', '1.50', '-3e5', '2E+10', '0.1e-7', '1e999');
const character = fc.constantFrom(
  'a',
  'é',
  '日',
  '😀',
  '/',
  String.raw`\/`,
  String.raw`\"`,
  String.raw`\\`,
  String.raw`\n`,
  String.raw`\u00e9`,
  String.raw`\ud83d\ude00`,
  String.raw`\ud800`,
  ' ',
  '{',
  ']',
  ',',
);
const string = fc.array(character, { maxLength: 40 }).map((all) => `"${all.join('')}"`);
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.constantFrom('true', 'false', 'null'),
    string,
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(fc.array(fc.tuple(blank, tie('json'), blank), { maxLength: 4 }), blank)
    .map(([items, inside]) => `[${items.length === 0 ? inside : items.map((each) => each.join('')).join(',')}]`),
  object: fc
    .tuple(fc.array(fc.tuple(blank, string, blank, blank, tie('json'), blank), { maxLength: 4 }), blank)
    .map(
      ([members, inside]) =>
        `{${members.length === 0 ? inside : members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(',')}}`,
    ),
}));
const text = fc.tuple(blank, json, blank).map((parts) => parts.join(''));
const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });

/** A value rebuilt from a document's nodes, and from JSON.parse where a node is no object and no list of nodes. */
function rebuilt(document: JsonDocument, node = document.root): unknown {
  if (document.kindOf(node) === 'object')
    return Object.fromEntries(document.membersOf(node).map(({ key, node: value }) => [key, rebuilt(document, value)]));
  const items = [...document.itemsOf(node)];
  if (document.kindOf(node) === 'array' && items.length === document.countOf(node))
    return items.map((item) => rebuilt(document, item));
  if (document.kindOf(node) === 'string') return document.textOf(node);
  return document.valueOf(node);
}

/**
 * Parsed where no object was parsed before: V8 of Node.js 24.11 takes a key with an escape for the key `\\` of an earlier object of the same shape.
 * `JSON.parse('{"\\\\":0}'); JSON.parse('{"\\/":0}')` has the key `\\`.
 */
function parsedAnew(text: string): unknown {
  return runInNewContext('JSON.parse(text)', { text });
}

describe('a text', () => {
  test('is accepted, and read, as JSON.parse does, however it is cut into pieces', () => {
    fc.assert(
      fc.property(text, lengths, (each, cut) => {
        const { document } = scanned(Buffer.from(each), cut);
        expect(document).toBeDefined();
        if (document !== undefined) expect(rebuilt(document)).toEqual(parsedAnew(each));
      }),
      { numRuns: 1000 },
    );
  });

  test('that is damaged anywhere is judged as JSON.parse judges it', () => {
    const damage = fc.constantFrom(
      '',
      '"',
      '\\',
      ',',
      ':',
      '{',
      '}',
      '[',
      ']',
      '0',
      '-',
      '.',
      'e',
      'x',
      'u',
      't',
      '\u0000',
      '\n',
      ' ',
      'é',
      '1',
      'null',
    );
    fc.assert(
      fc.property(text, damage, fc.nat(), fc.nat({ max: 2 }), lengths, (each, instead, place, removed, cut) => {
        const at = place % (each.length + 1);
        const damaged = each.slice(0, at) + instead + each.slice(at + removed);
        // A half of a pair is no UTF-8, and the bytes would be another text.
        fc.pre(damaged.isWellFormed());
        expect(scanned(Buffer.from(damaged), cut).document !== undefined).toBe(isJson(damaged));
      }),
      { numRuns: 3000 },
    );
  });

  test('with a long string is judged by each of its bytes', () => {
    for (const bad of ['"', '\\', '\n', '\u0000', '\u001f', '\\x', '\\u12', 'é', '\\n', '\u007f'])
      for (let at = 30; at < 60; at++) {
        const each = `["${'a'.repeat(at)}${bad}${'b'.repeat(70 - at)}"]`;
        expect([bad, at, scanned(Buffer.from(each)).document !== undefined]).toEqual([bad, at, isJson(each)]);
      }
  });

  test('is not accepted before its end, nor with anything behind it', () => {
    for (const each of [
      '',
      ' ',
      '1 2',
      '{} {}',
      '[1',
      '{"a"',
      '{"a":',
      '"a',
      '-',
      '1.',
      '1e',
      'tru',
      '[1,]',
      '{"a":1,}',
      '01',
      '+1',
      '.5',
      'NaN',
    ])
      expect([each, scanned(Buffer.from(each)).document]).toEqual([each, undefined]);
  });
});

function exceeded(each: string, limits: Partial<JsonLimits>): string | undefined {
  return scanned(Buffer.from(each), [3], { ...NO_LIMITS, ...limits }).exceeded;
}

describe('a limit', () => {
  test('holds for members of the object at the top level only', () => {
    expect(exceeded('{"a":1,"b":{"c":1,"d":2,"e":3}}', { members: 2 })).toBeUndefined();
    expect(exceeded('{"a":1,"b":2,"c":3}', { members: 2 })).toBe('members');
    expect(exceeded('[{"a":1,"b":2,"c":3},1,2]', { members: 2 })).toBeUndefined();
  });

  test('holds for values at all levels, and names are none', () => {
    expect(exceeded('{"a":[1,"x",null],"b":{}}', { values: 6 })).toBeUndefined();
    expect(exceeded('{"a":[1,"x",null],"b":{}}', { values: 5 })).toBe('values');
  });

  test('holds for numbers apart from other values where there is one', () => {
    expect(exceeded('[1,2,3,"x"]', { values: 2, numbers: 3 })).toBeUndefined();
    expect(exceeded('[1,2,3,4]', { values: 2, numbers: 3 })).toBe('numbers');
    expect(exceeded('[1,"x","y"]', { values: 2, numbers: 3 })).toBe('values');
  });

  test('holds for levels of nesting', () => {
    expect(exceeded('[{"a":[1]}]', { depth: 3 })).toBeUndefined();
    expect(exceeded('[{"a":[[1]]}]', { depth: 3 })).toBe('depth');
  });

  test('ends the reading while bytes still arrive', () => {
    const scanner = new JsonScanner({ ...NO_LIMITS, values: 3 });
    scanner.push(Buffer.from('[1,2,3,4'));
    expect(scanner.exceeded).toBe('values');
    scanner.push(Buffer.from(']'));
    expect(scanner.end(Buffer.from('[1,2,3,4]'))).toBeUndefined();
  });
});

describe('a document', () => {
  const document = documentOf(
    Buffer.from(
      String.raw`{"a":"x", "mod\u0065l" : "m", "list":[1,{"b":null},"s",[2,3],true], "a":"last", "n":-1.5, "e":[], "o":{}}`,
    ),
  );
  const of = (name: string): number => document?.memberOf(document.root, name) ?? -1;

  test('finds the last member of a name, however it is written', () => {
    expect(document?.stringOf(document.root, 'a')).toBe('last');
    expect(document?.stringOf(document.root, 'model')).toBe('m');
    expect(document?.memberOf(document.root, 'mode')).toBeUndefined();
    expect(document?.stringOf(document.root, 'n')).toBeUndefined();
  });

  test('knows kinds, numbers of values, places and nulls', () => {
    expect(['a', 'list', 'n', 'o'].map((name) => document?.kindOf(of(name)))).toEqual([
      'string',
      'array',
      'number',
      'object',
    ]);
    expect(['list', 'e', 'o', 'a'].map((name) => document?.countOf(of(name)))).toEqual([5, 0, 0, 0]);
    expect(document?.bytesOf(of('list')).toString()).toBe('[1,{"b":null},"s",[2,3],true]');
    const [object = -1, text = -1, list = -1, ...more] = document?.itemsOf(of('list')) ?? [];
    expect(more).toEqual([]);
    expect([document?.bytesOf(text).toString(), document?.countOf(list)]).toEqual(['"s"', 2]);
    expect(document?.isNull(document.memberOf(object, 'b') ?? -1)).toBe(true);
  });

  test('shows the beginning of a string of any length, and leaves out an escape that is cut', () => {
    fc.assert(
      fc.property(fc.array(character, { maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (characters, most) => {
        const each = `"${characters.join('')}"`;
        const value = String(JSON.parse(each));
        const beginning = documentOf(Buffer.from(each))?.beginningOf(0, most);
        // A character of several bytes may be cut where its bytes are.
        expect(value.startsWith(String(beginning).replace(/\ufffd+$/, ''))).toBe(true);
        expect(beginning?.length).toBeLessThanOrEqual(most);
        expect(beginning?.length).toBeGreaterThanOrEqual(Math.min(value.length, most) === 0 ? 0 : 1);
      }),
    );
  });
});
