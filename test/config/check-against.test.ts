import { expect, test } from 'vitest';
import { checkAgainst } from '../../src/config/check-against.ts';
import { parseConfigText } from '../../src/config/load.ts';
import { type ShownConfig, viewOf } from '../../src/config/view.ts';

const ENVIRONMENT = { GROQ_API_KEY: 'gsk-0123456789', IDLE: '30s', HOST: 'api.example.com', OWN_KEY: 'sk-0123456789' };
const TEXT = `providers:
  groq: { preset: groq }
  own: { baseUrl: "https://\${HOST}/v1", apiKey: "\${OWN_KEY}" }
chains:
  default: { entries: [groq/m, own/m], deadline: 5s }
server: { port: 4141, writeIdle: "\${IDLE}" }
`;

function viewed(text: string): ShownConfig {
  const parsed = parseConfigText(text, ENVIRONMENT);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return viewOf(parsed.config, (each) => each);
}

function compare(text: string, served = viewed(TEXT), started = served) {
  const { problems, compared } = checkAgainst({ text, format: 'yaml', served, started });
  expect(problems).toEqual([]);
  return compared;
}

test('the text that is served changes nothing, whatever variables it has', () => {
  expect(compare(TEXT)).toEqual({ changes: [], omitted: 0, restart: [] });
});

test('a changed, an added and a removed value are changes, secrets and units as the API shows them', () => {
  const text = TEXT.replace('deadline: 5s', 'commit: first-token').replace(
    'groq: { preset: groq }',
    'groq: { preset: groq, apiKey: x }\n  third: { baseUrl: "http://127.0.0.1:9/v1", apiKey: plain }',
  );
  expect(compare(text)?.changes).toEqual([
    { path: 'providers.third.baseUrl', before: null, after: 'http://127.0.0.1:9/v1' },
    { path: 'providers.third.apiKey', before: null, after: '***' },
    { path: 'chains.default.deadline', before: 5000, after: null },
    { path: 'chains.default.commit', before: null, after: 'first-token' },
  ]);
});

test('the value of a variable is not compared, and one that is added is shown by its name', () => {
  const text = TEXT.replace('"https://${HOST}/v1"', '"https://${ELSEWHERE}/v2"').replace(
    'chains:\n',
    '  new: { preset: openai, baseUrl: "https://${NEW_HOST}/v1", apiKey: "${NEW_KEY}" }\n  plain: { preset: mistral }\nchains:\n',
  );
  const changes = compare(text)?.changes ?? [];
  expect(changes).toContainEqual({ path: 'providers.new.baseUrl', before: null, after: 'https://${NEW_HOST}/v1' });
  expect(changes).toContainEqual({ path: 'providers.new.apiKey', before: null, after: '***' });
  expect(changes.filter(({ path }) => path.startsWith('providers.own'))).toEqual([]);
  expect(JSON.stringify(changes)).not.toMatch(/variable-\d/);
});

test('a variable that a made-up value does not fit hides its own value only', () => {
  const text = TEXT.replace('deadline: 5s', 'deadline: "${DEADLINE}"').replace('groq/m, own/m', 'own/m');
  expect(compare(text)?.changes.map(({ path }) => path)).toEqual([
    'chains.default.entries[0].provider',
    'chains.default.entries[1].provider',
    'chains.default.entries[1].model',
  ]);
  // Nothing is left without it.
  expect(compare(TEXT.replace('[groq/m, own/m]', '"${ENTRIES}"'))).toBeUndefined();
});

test('a certificate is not read, and one that is removed is a change', () => {
  const served = viewed(TEXT);
  const withCa = { ...served, providers: { groq: { ca: '1 certificate' } } };
  const changesOf = (text: string) => compare(text, withCa)?.changes.filter(({ path }) => path.endsWith('.ca'));
  expect(changesOf(TEXT.replace('preset: groq', 'preset: groq, ca: /no/such/file'))).toEqual([]);
  expect(changesOf(TEXT)).toEqual([{ path: 'providers.groq.ca', before: '1 certificate', after: null }]);
});

test('sections that differ from those of the start need a restart, whatever is served now', () => {
  const other = TEXT.replace('port: 4141', 'port: 4242');
  expect(compare(`${other}log: { vendorMessages: true }\n`)?.restart).toEqual(['server']);
  expect(compare(TEXT, viewed(other), viewed(TEXT))?.restart).toEqual([]);
  expect(compare(other, viewed(other), viewed(`${TEXT}store: { url: "sqlite:/x.db" }\n`))).toEqual({
    changes: [],
    omitted: 0,
    restart: ['server', 'store'],
  });
});
