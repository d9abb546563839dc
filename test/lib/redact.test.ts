import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedact } from '../../src/lib/redact.ts';
import { ENCODINGS, leaked } from '../helpers/encodings.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~?';
/** Parts of a secret that a provider may show. */
const CUTS: Readonly<Record<string, (secret: string) => string>> = {
  whole: (secret) => secret,
  'without its first characters': (secret) => secret.slice(3),
  'only its second half': (secret) => secret.slice(-Math.max(12, Math.ceil(secret.length / 2))),
  'without its last characters': (secret) => secret.slice(0, -4),
  'without both ends': (secret) => secret.slice(4, -4),
};

const random = fc
  .array(fc.constantFrom(...LETTERS.split('')), { minLength: 24, maxLength: 60 })
  .map((letters) => letters.join(''))
  // A piece that reads like words may stay.
  .filter((secret) => (secret.match(/\d/g) ?? []).length > secret.length / 8);

describe.each(Object.entries(ENCODINGS))('a secret %s', (_, encode) => {
  test.each(Object.entries(CUTS))('is replaced, %s', (_cut, cut) => {
    fc.assert(
      fc.property(random, fc.constantFrom(' ', '"', ': ', '(', '=', '\n'), (secret, before) => {
        const shown = encode(cut(secret));
        const clean = createRedact(['another-secret-1234567890', secret])(`The word${before}${shown}${before}stays.`);
        expect(clean).toMatch(/^The w[^]*\*\*\*/);
        // At most a few characters at an end of what was cut or encoded remain.
        const neutral = encode('.'.repeat(cut(secret).length));
        expect(leaked(clean, { shown, neutral })).toBeLessThan(9);
      }),
      { numRuns: 30 },
    );
  });
});

test('in base64 a secret is found behind any number of other bytes', () => {
  fc.assert(
    fc.property(random, fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (secret, before, after) => {
      const all = Buffer.concat([before, Buffer.from(secret), after]);
      for (const alphabet of ['base64', 'base64url'] as const) {
        const clean = createRedact([secret])(`x ${all.toString(alphabet)} y`);
        // What remains is what stands before and behind.
        const [head = '', tail = ''] = clean.slice('x '.length, -' y'.length).split('***');
        expect(Buffer.from(head, 'base64').length).toBeLessThanOrEqual(before.length);
        expect(tail.length).toBeLessThanOrEqual(Math.ceil(((after.length + 2) * 4) / 3) + 2);
      }
    }),
  );
});

test('a secret of 6 or 7 characters is found in base64 and hexadecimal digits as a whole, and shorter ones are not', () => {
  const redact = createRedact(['hunt3r', 'pa55word'.slice(0, 7), 'abcd']);
  for (const secret of ['hunt3r', 'pa55wor'])
    for (const before of ['', 'u:', 'me:', 'you:'])
      for (const encoding of ['base64', 'base64url', 'hex'] as const)
        expect(redact(`no ${Buffer.from(before + secret).toString(encoding)}!`)).toMatch(/^no \S{0,9}\*\*\*=*!$/);
  const kept = `${Buffer.from('abcd').toString('base64')} ${Buffer.from('abcd').toString('hex')} hunt3 HUNT3R`;
  expect(redact(kept)).toBe(kept);
});

test('the last characters of a secret stay, and so do the first seven', () => {
  const secret = 'sq0-Zx81kQ77mmB2yT5wPd40vLr9';
  const redact = createRedact([secret]);
  for (const shown of [secret.slice(-4), secret.slice(-6), `${secret.slice(0, 7)}...${secret.slice(-4)}`])
    expect(redact(`Incorrect key: ${shown}.`)).toBe(`Incorrect key: ${shown}.`);
});

test('a secret with characters beyond ASCII is found in its encodings', () => {
  const secret = 'schlüssel-für-änderung-42';
  const redact = createRedact([secret]);
  for (const shown of [
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ])
    expect(redact(`no ${shown}!`)).toMatch(/^no \*\*\*=*!$/);
});

/** Texts that share words, shapes or encodings with secrets, and hold none. */
const HARMLESS = [
  'The production billing service is unavailable, see https://status.example.com/incidents/2024.',
  'Model gpt-4.1-mini-2025-04-14 does not support the parameter logit_bias with stream_options.',
  'PRODUCTION FAILED: my company gateway has no billing key for openai, ask the admin team.',
  'req_01a22371775939f87b3621333b923d1a took 1234567890 ns, trace 4bf92f3577b34da6a3ce929d0e0e4736',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4 and so on',
  'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 of the empty file',
  'Container gateway-openai-1 restarted, GATEWAY-OPENAI is down, battery-staple is low.',
  'Rate limit reached: 429 Too Many Requests (limit 10000, used 9871, requested 512). Try again in 7.66s.',
  'Der Schlüssel &amp; das Schloß: 100%25 sicher &#8211; C:\\temp\\new\\users, \\u00e9\\n\\tok &nbsp; &copy;',
  '{"error":{"message":"Invalid \\"model\\": must be one of [a/b, c/d]","code":"model_not_found"}}',
];

test('ordinary texts stay as they are beside secrets that are made of words', () => {
  const redact = createRedact([
    'my-company-gateway-openai-billing-key',
    'Production-gateway-secret-2024',
    'correct-horse-battery-staple-of-the-whole-team',
    'sk-proj-Ab12Cd34Ef56Gh78Ij90Kl12Mn34',
    'admin',
    'team1',
    'org-1',
  ]);
  // Hosts and the words for secrets are of other rules; here are none.
  for (const text of HARMLESS) expect(redact(text)).toBe(text.replace(/\badmin\b/, '***'));
});

test('random secrets do not occur in ordinary texts', () => {
  fc.assert(
    fc.property(fc.array(random, { minLength: 1, maxLength: 20 }), (secrets) => {
      const redact = createRedact(secrets);
      for (const text of HARMLESS) expect(redact(text)).toBe(text);
    }),
    { numRuns: 50 },
  );
});

test('redaction takes little longer with thousands of secrets, and for texts that resemble them', () => {
  const secrets = Array.from(
    { length: 5000 },
    (_, n) => `sk-proj-${(n * 7919).toString(36).padStart(10, 'k')}Zz${n}Qq77mmB2yT5w`,
  );
  const redact = createRedact(secrets);
  redact('The index is made at the first text.');
  const texts = [
    'sk-proj- '.repeat(900),
    'sk-proj-kkkkkkkk '.repeat(480),
    'a%41&#65;\\u0041'.repeat(500),
    'QUFB'.repeat(2000),
  ];
  const before = cpuTime();
  for (const text of texts) redact(text);
  // Each takes milliseconds; comparing each secret with each place takes many seconds.
  expect(cpuTime() - before).toBeLessThan(4000);
});
