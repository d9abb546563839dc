import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutCredentials } from '../../src/lib/credentials.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const SECRET = 'hunter2';
const NAMES = [
  'password',
  'passwd',
  'pwd',
  'DB_PASSWORD',
  'secret',
  'client_secret',
  'clientSecret',
  'access_token',
  'refresh_token',
  'id_token',
  'private_key',
  'secret_access_key',
  'apikey',
  'api-key',
  'OPENAI_API_KEY',
  'authorization',
  'X-Api-Key',
  'passphrase',
  'pass',
  'DB_PASS',
  'passcode',
  'pw',
  'credential',
  'credentials',
  'auth',
  'session_id',
  'sessionid',
  'license_key',
  'SharedAccessSignature',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'HF_TOKEN',
];

/** Every way in which a name and its value are written. */
const FORMS: readonly ((name: string, value: string) => string)[] = [
  (name, value) => `${name}=${value}`,
  (name, value) => `${name} = "${value}"`,
  (name, value) => `${name}: ${value}`,
  (name, value) => `${name}:${value}`,
  (name, value) => `${name}: '${value}'`,
  (name, value) => `${name} => \`${value}\``,
  (name, value) => `{"${name}":"${value}"}`,
  (name, value) => `{"${name}" : [ "${value}" ]}`,
  (name, value) => `{'${name}': '${value}'}`,
  (name, value) => JSON.stringify({ body: JSON.stringify({ [name]: value }) }),
  (name, value) => `https://x.example/?a=1&${name}=${value}&b=2`,
  (name, value) => `${encodeURIComponent(`${name}=`)}${value}`,
  (name, value) => `${name}=(${value})`,
  (name, value) => `${name}={${value}}`,
  (name, value) => `<${name}>${value}</${name}>`,
  (name, value) => `<x:${name} type="text">${value}</x:${name}>`,
  (name, value) => `&lt;${name}&gt;${value}&lt;/${name}&gt;`,
  (name, value) => `--${name} ${value}`,
  (name, value) => `run --${name} "${value}" now`,
  (name, value) => `the ${name} is ${value}.`,
  (name, value) => `the ${name} you sent is '${value}'`,
  (name, value) => `${name} '${value}'`,
  (name, value) => `{"name":"${name}","value":"${value}"}`,
  (name, value) => `{"value" : "${value}", "key" : "${name}"}`,
  (name, value) => JSON.stringify(JSON.stringify({ name, value })),
  (name, value) => `{"name":"${name}","required":true,"value":"${value}"}`,
  (name, value) => `name: ${name}, value: ${value}`,
  (name, value) => `<setting name="${name}">${value}</setting>`,
  (name, value) => `the ${name} for bob is ${value}`,
  (name, value) => `<input name="${name}" value="${value}">`,
];

test.each(NAMES)('the value of %s is replaced, however the two are written', (name) => {
  for (const form of FORMS) {
    const text = withoutCredentials(`before ${form(name, SECRET)} after`);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('***');
    expect(text).toMatch(/^before .* after$/);
  }
});

test('whatever a quoted password is, nothing of it stays', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 12, unit: 'grapheme-ascii' }),
      fc.constantFrom('password', 'api_key'),
      (raw, name) => {
        const value = `Q7${raw}7Q`;
        const text = withoutCredentials(JSON.stringify({ [name]: value, next: 'stays' }));
        expect(text).toBe(JSON.stringify({ [name]: '***', next: 'stays' }));
      },
    ),
  );
});

test.each([
  ['Authorization: Basic dXNlcjpwYXNz, x', 'Authorization: Basic ***, x'],
  ['authorization: Bearer abc.def', 'authorization: Bearer ***'],
  ['"Authorization":"Bearer abc.def"', '"Authorization":"***"'],
  ['Cookie: session=abc; theme=dark', 'Cookie: session=***; theme=***'],
  ['cookie: a=1; b=2;c=3, x', 'cookie: a=***; b=***;c=***, x'],
  ['{"cookie":"a=1; b=2"}', '{"cookie":"a=***; b=***"}'],
  ['Cookie: a="1 2"; b="3"', 'Cookie: a=***; b=***'],
  ['Set-Cookie: sid=abc; Path=/; HttpOnly', 'Set-Cookie: sid=***; Path=/; HttpOnly'],
  ['https://x.example/?sv=1&sig=aB%2F', 'https://x.example/?sv=1&sig=***'],
  ['https://x.example/?key=swordfish&token=5', 'https://x.example/?key=***&token=***'],
  ['Signature=1a2b, Credential=AK/2024', 'Signature=***, Credential=***'],
  ['password is "swordfish"', 'password is "***"'],
  ['wrong password hunter2 for bob', 'wrong password *** for bob'],
  ['Incorrect API key provided: abcd1234.', 'Incorrect API key provided: ***'],
  ['secret: password=swordfish', 'secret: password=***'],
  ['<password>hunter2', '<password>***'],
  ['<password>two words&amp;more</password>', '<password>***</password>'],
  ['https://bob:pa@ss@example.com/v1', 'https://***@example.com/v1'],
  ['postgres://u:p@db.example.com:5432/x', 'postgres://***@db.example.com:5432/x'],
  [String.raw`https:\/\/u:p@example.com`, String.raw`https:\/\/***@example.com`],
  ['password: swordfish.', 'password: ***'],
  ['x-api-key: swordfish\nhost: x', 'x-api-key: ***\nhost: x'],
  ['token: 1a2b3c4d', 'token: ***'],
  ['AWS key AKIAIOSFODNN7EXAMPLE', 'AWS key ***'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s-_flKx.', 'jwt ***.'],
  ['google AIzaSyD-1234567890abcdefghijklmnopqrstu', 'google ***'],
  ['github ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'github ***'],
  ['github github_pat_11ABCDEFG0123456789_abcdef', 'github ***'],
  ['openai sk-proj-abc123', 'openai ***'],
  ['anthropic sk-ant-api03-abcdefghijklmnop', 'anthropic ***'],
  ['-----BEGIN PRIVATE KEY-----\nMIIEvQ+/=\n-----END PRIVATE KEY-----', '***-----END PRIVATE KEY-----'],
])('%s becomes %s', (text, clean) => {
  expect(withoutCredentials(text)).toBe(clean);
});

describe('a text without a credential stays as it is', () => {
  test.each([
    'the secret: be kind',
    'max_tokens=5',
    'max_token=5',
    'eos_token: 2',
    'firstToken: 120s, first token: 5.25ms',
    'key=value pairs are not allowed',
    'token=5 is out of range',
    'sk-ill-based-routing-model-name',
    'The password is too short.',
    'password is 8 characters long',
    'password is hashed with sha256',
    "fields 'password' and 'token' are required",
    'fields "password", "username" are missing',
    '{"required":["password"],"properties":{"password":{"type":"string"}}}',
    "Unexpected token 'x1y2z3' in JSON",
    '<password> must be set, as must <token>',
    'use --password to log in, or --token or --api-key.',
    'tests pass: 5 of 6, please pass model=gpt-4o',
    'bypass=5 and compass=north, author=bob',
    'invalid credentials: try again',
    'auth: required',
    'the API key is not valid for gpt-4o-mini',
    '{"name":"password","type":"string"} {"name":"user","value":"bob"}',
    'cookie: a header with name=value pairs',
    '"max_tokens":12345678',
    'completion_tokens=12345678',
    'token limit: 8192',
    'tokens: 30',
    'token: 30',
    'Unexpected token: }',
    'Rate limit reached on tokens per minute (TPM): Limit 6000, Used 5980',
    'password must be longer',
    'password: must be at least 8 characters',
    'password: required',
    'Invalid "password": expected string, received number',
    '"secret": null',
    'api_key: none',
    'Incorrect API key provided.',
    'the API key: it is wrong',
    'Authorization: missing header',
    'Send a Bearer token.',
    'apiKey: environment variable GROQ_API_KEY is not set',
    // oxlint-disable-next-line no-template-curly-in-string -- as configurations have it
    'apiKey: ${GROQ_API_KEY}',
    'keyboard: qwerty1',
    'a task-1234567890123456789 and a disk-0123456789012345678',
    'sk-learn is a library',
    'https://medium.com/@bob and https://platform.openai.com/account/billing',
  ])('%s', (text) => {
    expect(withoutCredentials(text)).toBe(text);
  });
});

test('redaction is linear in the text, whatever begins in it again and again', () => {
  const pieces = [
    'password',
    'password=',
    'password="',
    'password:\\"',
    'password:[',
    'token ',
    'bearer ',
    'sk-',
    'eyJ',
  ];
  const others = [
    'a.',
    'a-',
    '://',
    '%3a%2f%2f',
    'http://u@',
    '\\',
    '"',
    ' ',
    '-----BEGIN PRIVATE KEY-----',
    'cookie: a',
    'cookie: a=1; b=',
    'token=token=',
    'secret:',
    'token=${',
    'secret="${',
    '<password>',
    '<password ',
    '&lt;token&gt;',
    '--a-',
    '--password ',
    '--password',
    'password is ',
    'password is is is ',
    '"name":"password",',
    '"value":"x","name":"',
    '"value":"',
    'value=',
    'key=',
    '&sig=',
    'a_',
  ];
  for (const piece of [...pieces, ...others]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const before = cpuTime();
    withoutCredentials(text);
    // Linear redaction takes milliseconds, quadratic redaction half a minute.
    expect([piece, cpuTime() - before < 3000]).toEqual([piece, true]);
  }
});
