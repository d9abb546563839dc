import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BODY_REDACTIONS, type RedactionRules } from '../../../src/domain/body-rules.ts';
import { redactBody, type TakenBody } from '../../../src/observe/bodies/redact-body.ts';
import { createRedactors } from '../../../src/observe/bodies/redactor.ts';

const SECRET = 'correct-horse-battery-9431';
const RULES: RedactionRules = {
  known: BODY_REDACTIONS,
  patterns: [String.raw`CASE-\d+`],
  secrets: [SECRET],
  maxBytes: 65_536,
};

interface Options {
  readonly format?: TakenBody['format'];
  /** What was taken of the body. */
  readonly taken?: string;
  readonly rules?: RedactionRules;
}

function redacted(text: string, { format = 'json', taken = text, rules = RULES }: Options = {}) {
  const bytes = new TextEncoder().encode(taken);
  const size = Buffer.byteLength(text);
  return redactBody({ format, bytes, size }, createRedactors(rules)(), rules);
}

/** A body that says a text to a model. */
const saying = (content: string): string => JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });

test.each([
  ['email', 'Write to ann.smith+x@mail.example.org, please', 'Write to ***, please'],
  ['email', 'jürgen@müller.example', '***'],
  ['phone', 'Call +49 (30) 1234-567 now', 'Call *** now'],
  ['phone', 'Call 415-555-2671 or (415) 555-2671', 'Call *** or ***'],
  ['phone', 'Tel. 030 / 12345678', 'Tel. ***'],
  ['card', 'Pay with 4111 1111 1111 1111.', 'Pay with ***.'],
  ['card', '378282246310005', '***'],
  ['iban', 'To DE89 3704 0044 0532 0130 00 and thanks', 'To *** and thanks'],
  ['iban', 'gb82west12345698765432', '***'],
  ['secrets', `the key is ${SECRET}`, 'the key is ***'],
  ['secrets', 'password=hunter2-and-more', 'password=***'],
  ['pattern', 'about CASE-1234', 'about ***'],
])('%s: %s', (kind, text, expected) => {
  const { text: clean, redactions, cut } = redacted(saying(text));
  expect([clean, cut]).toEqual([saying(expected), false]);
  expect(Object.keys(redactions)).toEqual([kind]);
});

test.each([
  'It is 2026-11-30T12:30:00Z, version 10.4.2 of 192.168.0.1',
  'ids 1790000000000 and 018f3a2b-1c2d-7e3f-8a4b-5c6d7e8f9012',
  'Sum: 1234567890123456 rows at 12:00',
  'The ratio is 3.14159265358979 or 0.5772156649',
  'DE00 3704 0044 0532 0130 00 has a wrong checksum',
])('%s has nothing to redact', (text) => {
  expect(redacted(saying(text))).toMatchObject({ text: saying(text), redactions: {} });
});

test('only what is wanted is redacted', () => {
  const text = saying('ann@example.org +49 30 1234567');
  expect(redacted(text, { rules: { ...RULES, known: ['phone'] } }).text).toBe(saying('ann@example.org ***'));
  expect(redacted(text, { rules: { ...RULES, known: [] } }).text).toBe(text);
});

test('a value whose name says that it is a secret is one, and a name can hold personal data', () => {
  const { text } = redacted('{"input":{"password":"hunter2","ann@example.org":1,"max_tokens":5,"token":" Hello"}}');
  expect(text).toBe('{"input":{"password":"***","***":1,"max_tokens":5,"token":" Hello"}}');
});

test('JSON within a string is redacted and stays a string', () => {
  const call = { name: 'send', arguments: '{"to":"ann@example.org","api_key":"abcdef123456"}' };
  const { text } = redacted(JSON.stringify(call));
  expect(JSON.parse(text)).toEqual({ name: 'send', arguments: '{"to":"***","api_key":"***"}' });
});

test('what no rule names stays byte for byte, and all stays JSON', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const { text } = redacted(json);
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      expect(redacted(json, { rules: { ...RULES, known: [], patterns: [] } }).text).toBe(json);
    }),
  );
});

test('a long body is cut and stays JSON; what is redacted at the cut is seen as a whole', () => {
  const text = saying(`${'x'.repeat(950)} ann@example.org ${'y'.repeat(50_000)}`);
  const rules = { ...RULES, maxBytes: 1024 };
  for (const taken of [text, text.slice(0, 1024 + 16_384)]) {
    const clean = redacted(text, { taken, rules });
    expect(Buffer.byteLength(clean.text)).toBeLessThanOrEqual(1024);
    expect(clean).toMatchObject({ cut: true, size: text.length, redactions: { email: 1 } });
    expect(JSON.stringify(JSON.parse(clean.text))).toContain('xx *** ');
  }
  // Where much is replaced, the end of what was taken is within the limit, and may hold the beginning of a secret.
  const many = saying('ann@example.org '.repeat(2000));
  expect(redacted(many, { taken: many.slice(0, 17_412), rules: { ...RULES, maxBytes: 16_384 } }).text).not.toMatch(
    /ann@?/,
  );
});

test('a body that is no JSON is kept as one string', () => {
  expect(redacted('{broken ann@example.org').text).toBe('"{broken ***"');
});

const chunk = (content: string, index = 0): string =>
  `data: {"id":"c1","choices":[{"index":${index},"delta":{"content":${JSON.stringify(content)}}}]}\n\n`;

/** The texts of each choice of a stream of chunks. */
function textsOf(events: string): string[] {
  const texts: string[] = [];
  for (const event of events.split('\n\n').filter((each) => each !== '')) {
    const { choices } = JSON.parse(event.slice(6)) as { choices: { index: number; delta: { content: string } }[] };
    for (const { index, delta } of choices) texts[index] = (texts[index] ?? '') + delta.content;
  }
  return texts;
}

test('what is spread over the events of a stream is redacted, for each choice by itself', () => {
  const events = [
    chunk('Write to an'),
    chunk('Card 4111 11', 1),
    chunk('n@exam'),
    chunk('11 1111 1111.', 1),
    chunk('ple.org or'),
    chunk(' call'),
  ].join('');
  const { text, redactions } = redacted(events, { format: 'events' });
  expect(textsOf(text)).toEqual(['Write to *** or call', 'Card ***.']);
  expect(redactions).toEqual({ email: 1, card: 1 });
  // Events in which nothing was stay byte for byte.
  expect(text.endsWith(chunk(' call'))).toBe(true);
});

test('a text that is cut into any pieces is redacted as a whole', () => {
  const secrets = ['ann@example.org', '4111 1111 1111 1111', SECRET, 'DE89 3704 0044 0532 0130 00'];
  fc.assert(
    fc.property(
      fc.constantFrom(...secrets),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 30 }),
      (secret, cuts) => {
        const text = `Before ${secret} after`;
        let at = 0;
        const pieces = cuts.map((length) => text.slice(at, (at += length)));
        const { text: clean } = redacted([...pieces, text.slice(at)].map((piece) => chunk(piece)).join(''), {
          format: 'events',
        });
        expect(textsOf(clean)).toEqual(['Before *** after']);
      },
    ),
  );
});

const delta = (index: number, text: string): string =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":"${text}"}}\n\n`;

test('events of other APIs are told apart by their type and indexes', () => {
  const { text } = redacted([delta(0, 'ann@ex'), delta(1, 'bob@ex'), delta(0, 'ample.org'), delta(1, 'tra')].join(''), {
    format: 'events',
  });
  expect(text).toBe([delta(0, '***'), delta(1, 'bob@ex'), delta(0, ''), delta(1, 'tra')].join(''));
});

test('a long stream loses whole events at its end', () => {
  const events = Array.from({ length: 500 }, (_, index) => chunk(`word ${index} `)).join('');
  const rules = { ...RULES, maxBytes: 2000 };
  const { text, cut } = redacted(events, { format: 'events', rules });
  expect([cut, events.startsWith(text), text.endsWith('\n\n')]).toEqual([true, true, true]);
  expect(text.length).toBeGreaterThan(1900);
});
