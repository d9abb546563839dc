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

test('a duration is its number times its unit as long as a timer can hold it, and refused above', () => {
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

test('a secret in any wrong place is told by its variable, never by itself', () => {
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

test('a secret prints as stars in every way there is', () => {
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

test('no text and no value makes the loader throw', () => {
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
