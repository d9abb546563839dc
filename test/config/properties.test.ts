import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig, parseConfigText } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problems.ts';
import { Secret } from '../../src/config/secret.ts';
import { duration, size } from '../../src/config/units.ts';

const UNITS = [
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
] as const;

test('a duration is its number times its unit, up to the longest that a timer takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.constantFrom(...UNITS), (count, [unit, ms]) => {
      const parsed = duration.safeParse(`${count}${unit}`);
      if (count * ms < 2 ** 31) expect(parsed.data).toBe(count * ms);
      else expect(parsed.success).toBe(false);
    }),
  );
});

test.each([0, -1, NaN, Infinity, 2 ** 31, '', 's', '0s', '-5s', '5x', '5 constructor', '1e3', null, true, {}])(
  'the duration %j is refused',
  (value) => {
    expect(duration.safeParse(value).success).toBe(false);
  },
);

test.each([
  [1, 1],
  ['512kb', 524_288],
  ['20mb', 20_971_520],
  ['20 MB', 20_971_520],
])('the size %j is %d bytes', (written, bytes) => {
  expect(size.parse(written)).toBe(bytes);
});

test('a problem shows a misplaced secret as its variable', () => {
  const places: readonly ((secret: string) => unknown)[] = [
    (secret) => ({ chains: { c: { entries: [secret] } } }),
    (secret) => ({ chains: { c: { entries: [`${secret}/m`, `p/${secret}`, `p/${secret}`] } } }),
    (secret) => ({ chains: { c: { entries: ['p/m'], deadline: secret, commit: secret } } }),
    (secret) => ({ aliases: { a: secret } }),
    (secret) => ({ defaults: { chain: `x${secret}x` } }),
    (secret) => ({ server: { host: secret, bodyLimit: secret, cors: { origins: [secret] } } }),
    (secret) => ({ providers: { p: { preset: secret, baseUrl: secret, apiKey: `${secret}\n` } } }),
    (secret) => ({ auth: { keys: ['a', 'a'].map(() => ({ name: secret, key: secret, chains: [secret] })) } }),
  ];
  const good = { providers: { p: { baseUrl: 'http://h' } }, chains: { c: { entries: ['p/m'] } } };
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{12,40}$/), fc.constantFrom(...places), (secret, place) => {
      const result = parseConfig({ ...good, ...Object(place('${SECRET}')) }, { SECRET: secret });
      expect(result.ok).toBe(false);
      const shown = result.ok ? '' : JSON.stringify(result.problems) + formatProblems('f', result.problems);
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
    }),
  );
});

function isKeyName(name: string): boolean {
  const isPrintable = !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
  const isReserved = /^\s*(?:internal|local|anonymous)\s*$/i.test(name.normalize('NFKC'));
  return name !== '' && isPrintable && !isReserved;
}

test('the name of a key is any printable text that is not reserved, and unique', () => {
  const character = fc.oneof(
    fc.constantFrom(
      'a',
      'é',
      '日',
      ' ',
      '-',
      '\n',
      '\t',
      '\0',
      '\u001B',
      '\u007F',
      '\u0085',
      '\u2028',
      '\u202E',
      '\u200B',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const keyName = fc.oneof(
    fc.constantFrom(
      'internal',
      'local',
      'anonymous',
      'Internal',
      'LOCAL',
      ' local ',
      '\uFF4Cocal',
      'internal-2',
      'locals',
    ),
    fc.string({ unit: character, maxLength: 12 }),
  );
  const base = { providers: { p: { baseUrl: 'http://h' } }, chains: { c: { entries: ['p/m'] } } };
  fc.assert(
    fc.property(keyName, keyName, (first, second) => {
      const keys = [first, second].map((name, index) => ({ name, key: `key-${index}` }));
      const result = parseConfig({ ...base, auth: { keys } }, {});
      const expected = keys.flatMap(({ name }, index) =>
        isKeyName(name) && !(index === 1 && name === first) ? [] : [`auth.keys[${index}].name`],
      );
      expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('a secret prints as *** in every way to print it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{8,40}$/), (text) => {
      const secret = new Secret(text);
      const shown = [
        inspect({ secret }),
        inspect([secret], { showHidden: true }),
        JSON.stringify({ secret }),
        String(secret),
      ];
      expect(shown.join()).not.toContain(text);
      expect(shown.every((each) => each.includes('***'))).toBe(true);
      expect(secret.reveal()).toBe(text);
    }),
  );
});

test('parsing never throws, for any text and any value', () => {
  const yaml = fc.array(
    fc.constantFrom(
      'providers',
      'chains',
      'aliases',
      'p',
      ':',
      ' ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a ',
      '!t ',
      '"',
      '- ',
      '<<',
      ',',
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(yaml, (parts) => void parseConfigText(parts.join(''), {})),
    { numRuns: 2000 },
  );
  const member = fc.constantFrom('providers', 'chains', 'aliases', 'auth', 'server', 'defaults');
  const tree = fc.object({
    key: fc.constantFrom('keys', 'entries', 'p', 'models', 'chains', 'timeouts', 'host', '__proto__'),
  });
  fc.assert(
    fc.property(fc.dictionary(member, fc.oneof(tree, fc.anything())), (value) => {
      expect(parseConfig(value, {}).ok).toBe(false);
    }),
  );
});
