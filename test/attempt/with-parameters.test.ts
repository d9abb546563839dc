import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withParameters } from '../../src/attempt/with-parameters.ts';
import { NO_QUIRKS } from '../../src/catalog/preset.ts';
import { parameterRules, type ParametersInput } from '../../src/config/parameters.ts';
import type { OperationName } from '../../src/domain/operation-names.ts';
import { topLevelMembers } from '../../src/lib/json-members.ts';
import { callOf, textOf } from '../helpers/call.ts';
import { targetOf } from '../helpers/target.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

type Fields = Record<string, unknown>;
const NONE: ReadonlySet<string> = new Set();
const BOUNDS = ['max_tokens', 'max_completion_tokens'];
const RENAMES = { seed: 'random_seed' };

function targetWith(parameters: ParametersInput, renames: Readonly<Record<string, string>> = {}) {
  return targetOf({
    parameters: parameterRules(undefined, parameters, { renames, rejects: [] }),
    quirks: { ...NO_QUIRKS, renames },
  });
}

function merged(
  text: string,
  parameters: ParametersInput,
  own: { renames?: Record<string, string>; without?: string[] } = {},
) {
  const call = callOf({ input: text });
  const result = withParameters(call, targetWith(parameters, own.renames), new Set(own.without));
  return { text: textOf(result.call.body), input: result.call.input, defaults: result.defaults };
}

describe('the longest answer has the name of the request’s API', () => {
  test.each<[OperationName, ParametersInput, object, object]>([
    ['responses', { max: { max_tokens: 50 } }, { max_output_tokens: 99 }, { max_output_tokens: 50 }],
    ['responses', { set: { max_completion_tokens: 50 } }, { max_output_tokens: 9 }, { max_output_tokens: 50 }],
    ['responses', { default: { max_tokens: 50 } }, {}, { max_output_tokens: 50 }],
    ['responses', { set: { max_tokens: null } }, { max_output_tokens: 9 }, {}],
    ['messages', { max: { max_completion_tokens: 50 } }, { max_tokens: 99 }, { max_tokens: 50 }],
    ['messages', { set: { max_completion_tokens: 50 } }, { max_tokens: 9 }, { max_tokens: 50 }],
    ['completions', { set: { max_completion_tokens: 50 } }, {}, { max_tokens: 50 }],
    ['chat.completions', { default: { max_tokens: 50 } }, {}, { max_tokens: 50 }],
    ['chat.completions', { default: { max_completion_tokens: 50 } }, {}, { max_completion_tokens: 50 }],
  ])('%s with %j: %j becomes %j', (operation, parameters, input, want) => {
    const { call } = withParameters(callOf({ operation, input }), targetWith(parameters), NONE);
    expect(JSON.parse(textOf(call.body))).toEqual(want);
  });
});

describe('examples', () => {
  test.each<[string, ParametersInput, string, string]>([
    ['a default fills what is missing', { default: { t: 0.2 } }, '{ "n" : 1.0 }', '{ "n" : 1.0 ,"t":0.2}'],
    ['a default fills null', { default: { t: 0.2 } }, '{"t":null, "n" : 1.0}', '{"t":0.2, "n" : 1.0}'],
    ['a default keeps what is sent', { default: { t: 0.2 } }, '{"t": 0e0}', '{"t": 0e0}'],
    ['a default keeps an empty value', { default: { t: [1] } }, '{"t":[],"u":""}', '{"t":[],"u":""}'],
    ['a default may be an object', { default: { t: { a: [1, null] } } }, '{}', '{"t":{"a":[1,null]}}'],
    ['a set value replaces', { set: { t: 'low' } }, '{"t" : "high" , "a":1}', '{"t" : "low" , "a":1}'],
    ['a set value is added', { set: { t: false } }, '{"a":1}', '{"a":1,"t":false}'],
    ['null removes', { set: { t: null } }, '{"a":1, "t":{"b":2}}', '{"a":1}'],
    ['null removes nothing that is missing', { set: { t: null } }, '{"a": 1}', '{"a": 1}'],
    ['a number above a bound becomes the bound', { max: { t: 1 } }, '{"t" :1.5,"a":1e3}', '{"t" :1,"a":1e3}'],
    ['a number at a bound stays as it is written', { max: { t: 10 } }, '{"t":1.0e1}', '{"t":1.0e1}'],
    ['a number beyond all bounds becomes the bound', { max: { t: 10 } }, '{"t":1e999}', '{"t":10}'],
    ['a number in a text is bounded', { max: { t: 10 } }, '{"t":"99"}', '{"t":10}'],
    ['what is no number is not bounded', { max: { t: 1 } }, '{"t":"x","u":null}', '{"t":"x","u":null}'],
    ['a bound adds nothing', { max: { t: 1 } }, '{"a":1}', '{"a":1}'],
    ['a default is bounded', { default: { t: 9 }, max: { t: 5 } }, '{}', '{"t":5}'],
    ['a set value is not bounded', { set: { t: 9 }, max: { t: 5 } }, '{"t":1}', '{"t":9}'],
    ['an escaped name is the name', { set: { top: 1 } }, String.raw`{"t\u006fp":2}`, String.raw`{"t\u006fp":1}`],
    ['a repeated field is judged once', { max: { t: 5 } }, '{"t":99,"t":1}', '{"t":1,"t":1}'],
    [
      'inherited names are fields',
      { default: { constructor: 1 }, set: { toString: 2 } },
      '{}',
      '{"constructor":1,"toString":2}',
    ],
  ])('%s', (_, parameters, text, expected) => {
    const result = merged(text, parameters);
    expect(result.text).toBe(expected);
    expect(result.input).toEqual(JSON.parse(expected));
  });

  test.each<[string, ParametersInput, string, string]>([
    [
      'a default of the other',
      { default: { max_tokens: 9 } },
      '{"max_completion_tokens":1}',
      '{"max_completion_tokens":1}',
    ],
    [
      'a default in place of null',
      { default: { max_tokens: 9 } },
      '{"max_completion_tokens":null}',
      '{"max_tokens":9}',
    ],
    ['a bound of the other', { max: { max_tokens: 9 } }, '{"max_completion_tokens":99}', '{"max_completion_tokens":9}'],
    [
      'a bound of both',
      { max: { max_completion_tokens: 9 } },
      '{"max_tokens":99,"max_completion_tokens":98}',
      '{"max_tokens":9,"max_completion_tokens":9}',
    ],
    [
      'a value in place of the other',
      { set: { max_tokens: 9 } },
      '{"max_completion_tokens":1,"a":1}',
      '{"a":1,"max_tokens":9}',
    ],
    ['the removal of both', { set: { max_tokens: null } }, '{"max_completion_tokens":1,"a":1}', '{"a":1}'],
    [
      'one name for the other',
      { set: { max_tokens: null, max_completion_tokens: 7 } },
      '{"max_tokens":1}',
      '{"max_completion_tokens":7}',
    ],
    ['a bound instead of none: 0', { max: { max_tokens: 9 } }, '{"max_tokens":0}', '{"max_tokens":9}'],
    [
      'a bound instead of none: -1',
      { max: { max_tokens: 9 } },
      '{"max_completion_tokens":-1}',
      '{"max_completion_tokens":9}',
    ],
  ])('the two names of the output bound are one field: %s', (_, parameters, text, expected) => {
    expect(merged(text, parameters).text).toBe(expected);
  });

  test.each<[string, string, string]>([
    [
      'its other name, twice',
      '{"max_completion_tokens":99999,"max_completion_tokens":5}',
      '{"max_completion_tokens":5,"max_completion_tokens":5}',
    ],
    [
      'its other name, three times, the last of them null',
      '{"max_completion_tokens":99999,"max_completion_tokens":5,"max_completion_tokens":null}',
      '{"max_completion_tokens":null,"max_completion_tokens":null,"max_completion_tokens":null}',
    ],
    [
      'both names, each of them twice',
      '{"max_tokens":99999,"max_completion_tokens":0,"max_tokens":5,"max_completion_tokens":6}',
      '{"max_tokens":5,"max_completion_tokens":6,"max_tokens":5,"max_completion_tokens":6}',
    ],
    [
      'an escaped spelling of its other name',
      String.raw`{"max_completion_token\u0073":-1,"max_completion_tokens":5}`,
      String.raw`{"max_completion_token\u0073":5,"max_completion_tokens":5}`,
    ],
  ])('no occurrence of a bounded field is above its bound: %s', (_, text, expected) => {
    expect(merged(text, { max: { max_tokens: 4096 } }).text).toBe(expected);
    expect(merged(text, { max: { max_completion_tokens: 4096 } }).text).toBe(expected);
  });

  test('a repeated field is judged once by its name at the server too', () => {
    const renames = { ...RENAMES };
    expect(merged('{"seed":9,"seed":1}', { max: { random_seed: 5 } }, { renames }).text).toBe('{"seed":1,"seed":1}');
    expect(merged('{"random_seed":9,"random_seed":1}', { max: { seed: 5 } }, { renames }).text).toBe(
      '{"random_seed":1,"random_seed":1}',
    );
  });

  test('the name of a field at the server counts as the field', () => {
    const renames = { ...RENAMES };
    expect(merged('{"seed":1}', { default: { random_seed: 5 } }, { renames }).text).toBe('{"seed":1}');
    expect(merged('{"seed":1}', { set: { random_seed: 5 } }, { renames }).text).toBe('{"random_seed":5}');
    expect(merged('{"seed":9}', { max: { random_seed: 5 } }, { renames }).text).toBe('{"seed":5}');
    expect(merged('{"random_seed":9}', { set: { seed: null } }, { renames }).text).toBe('{}');
  });

  test('a default that the server refuses is left out, by the name under which it is sent', () => {
    const own = { renames: { ...RENAMES }, without: ['random_seed'] };
    expect(merged('{"a":1}', { default: { seed: 5, t: 1 } }, own)).toMatchObject({
      text: '{"a":1,"t":1}',
      defaults: ['t'],
    });
    expect(merged('{"a":1}', { set: { seed: 5 } }, own).text).toBe('{"a":1,"seed":5}');
  });

  test('a call without changes is the same call', () => {
    const call = callOf({ input: { t: 1 } });
    expect(withParameters(call, targetWith({ default: { t: 2 }, max: { t: 3 }, set: { u: null } }), NONE).call).toBe(
      call,
    );
  });

  test('a call in process is changed in its input, and the input that the caller holds stays', () => {
    const input = { t: 1, u: 2 };
    const { call } = withParameters(callOf({ input }), targetWith({ set: { t: null, v: 3 } }), NONE);
    expect(call.input).toEqual({ u: 2, v: 3 });
    expect(input).toEqual({ t: 1, u: 2 });
  });
});

/** The rules of a model and an entry: defaults, bounds and values. */
function rules(model: ParametersInput, entry: ParametersInput): object[] {
  const { defaults, max, set } = parameterRules(model, entry, NO_QUIRKS) ?? { defaults: [], max: [], set: [] };
  return [Object.fromEntries(defaults), Object.fromEntries(max), Object.fromEntries(set)];
}

describe('the parameters of a model and of an entry', () => {
  test('what an entry writes for a field replaces what the model has for it', () => {
    const model = { default: { a: 1, b: 1 }, set: { c: 1, d: 1 }, max: { a: 1, b: 1 } };
    expect(rules(model, { default: { b: 2, c: 2 }, set: { a: 2 }, max: { b: 2 } })).toEqual([
      { b: 2, c: 2 },
      { a: 1, b: 2 },
      { a: 2, d: 1 },
    ]);
  });

  test('null removes a default and a bound of the model', () => {
    expect(
      rules({ default: { a: 1 }, max: { b: 1 }, set: { c: 1 } }, { default: { a: null, c: null }, max: { b: null } }),
    ).toEqual([{}, {}, {}]);
  });

  test('the two names of the output bound are one field', () => {
    expect(
      rules(
        { default: { max_tokens: 1 }, max: { max_tokens: 1 } },
        { default: { max_completion_tokens: 2 }, max: { max_completion_tokens: 2 } },
      ),
    ).toEqual([{ max_completion_tokens: 2 }, { max_completion_tokens: 2 }, {}]);
  });
});

const namesOf = (field: string): string[] => (BOUNDS.includes(field) ? BOUNDS : [field]);

/** What the documentation says of a body, in terms of its parsed fields. */
function documented(body: Fields, { default: defaults = {}, max = {}, set = {} }: ParametersInput): Fields {
  const fields: Fields = { ...body };
  const remove = (name: string): void => {
    for (const each of namesOf(name)) delete fields[each];
  };
  for (const [name, value] of Object.entries(defaults)) {
    const isSet = Object.keys(set).some((each) => namesOf(each).includes(name));
    if (value === null || isSet || namesOf(name).some((each) => (fields[each] ?? null) !== null)) continue;
    remove(name);
    fields[name] = value;
  }
  for (const [name, most] of Object.entries(max))
    for (const each of namesOf(name)) {
      const found = fields[each];
      const number =
        typeof found === 'number' || (typeof found === 'string' && found.trim() !== '') ? Number(found) : NaN;
      const unlimited = BOUNDS.includes(each) && number <= 0;
      if (most !== null && (number > most || unlimited)) fields[each] = most;
    }
  for (const [name, value] of Object.entries(set)) if (value === null) remove(name);
  for (const [name, value] of Object.entries(set))
    if (value !== null) {
      remove(name);
      fields[name] = value;
    }
  return fields;
}

const name = fc.constantFrom('temperature', 'stop', 'n', 'a', 'é', '"', ...BOUNDS);
/** Fields of parameters do not name one meaning twice: the configuration refuses that. */
const single = <Value>(value: fc.Arbitrary<Value>) =>
  fc.dictionary(name, value, { noNullPrototype: true }).map((record) => {
    const { max_completion_tokens: _, ...rest } = record;
    return 'max_tokens' in record ? rest : record;
  });
const value = fc
  .oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer({ min: -3, max: 20 }), fc.constant(null))
  .map((any) => JSON.parse(JSON.stringify(any)) as unknown);
const blank = fc.constantFrom('', ' ', '\n', '\t ');

/** A body as a client may write it, with blanks anywhere and numbers in unusual notations. */
const body = fc
  .uniqueArray(fc.tuple(name, value, blank, blank, fc.constantFrom('', '.0', 'e0')), {
    selector: ([key]) => key,
    maxLength: 8,
  })
  .map((members) => {
    const texts = members.map(([key, any, before, after, suffix]) => {
      const text = JSON.stringify(any);
      const written = typeof any === 'number' && Number.isInteger(any) && !text.includes('e') ? text + suffix : text;
      return `${before}${JSON.stringify(key)}${after}:${before}${written}${after}`;
    });
    return `{${texts.join(',')}}`;
  });
const anyParameters = fc.record(
  { default: single(value), max: single(fc.integer({ min: 1, max: 10 })), set: single(value) },
  { requiredKeys: [] },
);

test('any body gets exactly the documented fields, and every byte of the others stays', () => {
  fc.assert(
    fc.property(body, anyParameters, (text, parameters) => {
      const before = JSON.parse(text) as Fields;
      const result = merged(text, parameters);
      const after = JSON.parse(result.text) as Fields;
      expect(after).toEqual(documented(before, parameters));
      expect(result.input).toEqual(after);
      const membersOf = (json: string): string[] => {
        const bytes = Buffer.from(json);
        return topLevelMembers(bytes)
          .filter(({ key }) => key in before && !Object.hasOwn(parameters.set ?? {}, key))
          .filter(({ key }) => JSON.stringify(after[key]) === JSON.stringify(before[key]))
          .map(({ keyStart, valueEnd }) => bytes.toString('utf8', keyStart, valueEnd));
      };
      expect(membersOf(result.text)).toEqual(membersOf(text));
    }),
    { numRuns: 2000 },
  );
});

test('parameters are applied in a time that is linear in the members of a body', () => {
  const others = Array.from({ length: 40_000 }, (_, index) => `"f${index}":1`).join(',');
  const repeats = Array.from({ length: 40_000 }, () => '"t":1').join(',');
  const parameters = { default: { t: 2, u: 1 }, max: { t: 3, max_tokens: 5 }, set: { v: 1, w: null } };
  const before = cpuTime();
  expect(merged(`{${others},${repeats}}`, parameters).text).toMatch(/"t":1,"u":1,"v":1\}$/);
  // Linear passes take a tenth of a second, comparing each member with each takes two seconds.
  expect(cpuTime() - before).toBeLessThan(1500);
});

test('a property of every body: no occurrence of a bounded field, by either name, is above its bound', () => {
  const number = fc.oneof(fc.integer({ min: -5, max: 30 }), fc.constant(null));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...BOUNDS), number)),
      fc.constantFrom(...BOUNDS),
      (members, bound) => {
        const text = `{${members.map(([key, each]) => `"${key}":${each}`).join(',')}}`;
        const bytes = Buffer.from(merged(text, { max: { [bound]: 10 } }).text);
        const sent = topLevelMembers(bytes).map(({ valueStart, valueEnd }) =>
          JSON.parse(bytes.toString('utf8', valueStart, valueEnd)),
        );
        expect(sent.filter((each) => each !== null && !(Number(each) > 0 && Number(each) <= 10))).toEqual([]);
      },
    ),
  );
});
