import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PRESETS } from '../../src/catalog/presets.ts';
import { baseUrlOverride } from '../../src/config/apply-presets.ts';
import { initFile } from '../../src/config/init-file.ts';
import { parseConfig, parseConfigText } from '../../src/config/load.ts';
import { findEntries, zeroConfig } from '../../src/config/zero-config.ts';

const ENVIRONMENT = {
  OPENAI_API_KEY: 'sk-openai-0123456789',
  GROQ_API_KEY: 'gsk-groq-0123456789',
  HF_TOKEN: 'hf-0123456789',
  MISTRAL_API_KEY: '',
};
const SERVERS = [{ preset: 'ollama', model: 'qwen3' }];

test('free tiers are tried first, then servers on this machine, then paid providers', () => {
  const { entries } = findEntries(ENVIRONMENT, SERVERS);
  expect(entries.map(({ provider, variable, cost }) => [provider, variable, cost])).toEqual([
    ['groq', 'GROQ_API_KEY', 'free-tier'],
    ['huggingface', 'HF_TOKEN', 'free-tier'],
    ['ollama', undefined, 'local'],
    ['openai', 'OPENAI_API_KEY', 'paid'],
  ]);
});

test('a provider that needs more than a key is not used, with the reason', () => {
  const environment = { AZURE_API_KEY: 'x', CLOUDFLARE_API_TOKEN: 'y' };
  expect(findEntries(environment, []).passedOver).toEqual([
    'CLOUDFLARE_API_TOKEN is set, but CLOUDFLARE_ACCOUNT_ID is not',
    'AZURE_API_KEY is set, but azure has no default model; name yours in a configuration file',
  ]);
  expect(findEntries({ ...environment, CLOUDFLARE_ACCOUNT_ID: 'z' }, []).entries).toHaveLength(1);
});

test('of two APIs of a provider one is used, and the other is no news', () => {
  const { entries, passedOver } = findEntries({ ANTHROPIC_API_KEY: 'sk-ant-1', DEEPSEEK_API_KEY: 'sk-2' }, []);
  expect(entries.map(({ provider }) => provider)).toEqual(['anthropic', 'deepseek']);
  expect(passedOver).toEqual([]);
});

test('of two APIs of one provider the first is used', () => {
  const { entries, passedOver } = findEntries({ OPENAI_API_KEY: 'key-0123456789' }, []);
  expect([entries.map(({ provider }) => provider), passedOver]).toEqual([['openai'], []]);
});

test('an empty environment without local servers yields nothing', () => {
  expect(findEntries({}, [])).toEqual({ entries: [], passedOver: [] });
});

test('every provider with a default model is found by its variable and can be served', () => {
  for (const [name, { keyVariables, defaultModel, baseUrl }] of Object.entries(PRESETS)) {
    const [variable] = keyVariables;
    if (variable === undefined || defaultModel === undefined) continue;
    const needed = [...baseUrl.matchAll(/\{(\w+)\}/g)].map(([, each]) => [each, 'given']);
    const environment = { [variable]: 'key-0123456789', ...Object.fromEntries(needed) };
    const { entries } = findEntries(environment, []);
    expect(entries.map(({ provider }) => provider)).toEqual([name]);
    expect(parseConfig(zeroConfig(entries), environment)).toMatchObject({ ok: true });
  }
});

test('the file of init configures the same as zero configuration', () => {
  const { entries } = findEntries(ENVIRONMENT, SERVERS);
  const written = parseConfigText(initFile(entries), ENVIRONMENT);
  const found = parseConfig(zeroConfig(entries), ENVIRONMENT);
  if (!written.ok || !found.ok) throw new Error(JSON.stringify([written, found]));
  expect(written.config.chains).toEqual(found.config.chains);
  expect(written.config.defaults).toEqual(found.config.defaults);
  expect(Object.keys(written.config.providers)).toEqual(Object.keys(found.config.providers));
  expect(written.keySources).toEqual(found.keySources);
  expect(initFile(entries)).not.toContain('0123456789');
});

test('the file of init configures the same, whatever the name of a local model contains', () => {
  const chars = fc.string({
    unit: fc.constantFrom('a', '/', '\\', '"', "'", '#', ':', ' ', '{', '}', '$', 'é', '-'),
    minLength: 1,
  });
  fc.assert(
    fc.property(chars, (model) => {
      const { entries } = findEntries({}, [{ preset: 'ollama', model }]);
      if (entries.length === 0) return;
      const [written, found] = [parseConfigText(initFile(entries), {}), parseConfig(zeroConfig(entries), {})];
      expect(written.ok && found.ok && [written.config.chains, found.config.chains]).toEqual(
        found.ok ? [found.config.chains, found.config.chains] : false,
      );
    }),
  );
});

test('the name of a local model cannot interpolate a variable or contain control characters', () => {
  for (const model of ['${OPENAI_API_KEY}', 'a\u001B[2J', 'a\nb', 'a\u202Eb'])
    expect(
      findEntries(ENVIRONMENT, [{ preset: 'ollama', model }]).entries.map(({ provider }) => provider),
    ).not.toContain('ollama');
});

test('a provider with an invalid key or address is not used, and the others are served', () => {
  const { entries, passedOver } = findEntries({ ...ENVIRONMENT, HF_TOKEN: ' ', GROQ_BASE_URL: '127.0.0.1:1' }, []);
  expect(entries.map(({ provider }) => provider)).toEqual(['openai']);
  expect(passedOver).toEqual([
    'GROQ_API_KEY is set, but GROQ_BASE_URL is not an http or https URL',
    'HF_TOKEN is set, but is not a valid key',
  ]);
});

function override(preset: string, text: string): string | undefined {
  const known = PRESETS[preset];
  return known && baseUrlOverride(text, known);
}

test('the second variable is used when the first contains no valid key; a key with a line break is not valid', () => {
  const { entries, passedOver } = findEntries(
    {
      GEMINI_API_KEY: ' ',
      GOOGLE_API_KEY: 'goog-0123456789',
      OPENAI_API_KEY: 'sk-0123456789\r',
      GROQ_API_KEY: 'gsk-1',
      GROQ_BASE_URL: 'http://u:p@h',
    },
    [],
  );
  expect(entries.map(({ variable }) => variable)).toEqual(['GOOGLE_API_KEY']);
  expect(passedOver).toEqual([
    'GROQ_API_KEY is set, but GROQ_BASE_URL is not an http or https URL',
    'OPENAI_API_KEY is set, but is not a valid key',
  ]);
});

test('a base URL variable without a path gets the path of the preset', () => {
  expect(override('groq', 'https://proxy.example')).toBe('https://proxy.example/openai/v1');
  expect(override('anthropic', 'https://proxy.example/')).toBe('https://proxy.example');
  expect(override('anthropic-compat', 'https://api.anthropic.com/')).toBe('https://api.anthropic.com/v1');
  expect(override('azure', 'https://proxy.example')).toBe('https://proxy.example/openai/v1');
  expect(override('openai', 'http://127.0.0.1:1/other/')).toBe('http://127.0.0.1:1/other');
  expect(override('openai', '127.0.0.1:1')).toBe(undefined);
});
