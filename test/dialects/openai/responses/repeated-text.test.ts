import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RepeatedText } from '../../../../src/dialects/openai/responses/repeated-text.ts';
import { parseJson } from '../../../../src/lib/parse-json.ts';

/** A text of the length that is left out where it is repeated. */
const LONG = fc.string({ unit: 'binary', minLength: 300 });
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const partOf = (text: string, more: object = {}): Buffer =>
  bytesOf({ type: 'done', part: { text, ...more }, sequence_number: 7 });
/** The member of an event that holds its text. */
const textIn = (value: unknown): unknown => (value as { part?: { text?: unknown } } | undefined)?.part?.text;

test('a repeated text is left out, and nothing else is', () => {
  fc.assert(
    fc.property(LONG, LONG, (text, other) => {
      const repeated = new RepeatedText();
      expect(textIn(repeated.parse(partOf(text)))).not.toBe('');
      expect(repeated.parse(partOf(text, { other: 1 }))).toEqual({
        type: 'done',
        part: { text: '', other: 1 },
        sequence_number: 7,
      });
      const longer = repeated.parse(partOf(`${text}${other}`));
      expect(textIn(longer)).toBe(Buffer.from(`${text}${other}`).toString('latin1'));
    }),
  );
});

test('an event is JSON or not whether its text is repeated or not', () => {
  fc.assert(
    fc.property(LONG, fc.nat(1000), fc.string({ maxLength: 3 }), (text, at, damage) => {
      const repeated = new RepeatedText();
      repeated.parse(partOf(text));
      const whole = partOf(text, { after: [1] }).toString('latin1');
      const damaged = Buffer.from(whole.slice(0, at) + damage + whole.slice(at + damage.length), 'latin1');
      expect(repeated.parse(damaged) === undefined).toBe(parseJson(damaged.toString('utf8')) === undefined);
    }),
  );
});

describe('a text with quotes and backslashes at its end', () => {
  test.each(['"', '\\', '\\"', String.raw`\\\"`])('%s', (end) => {
    const repeated = new RepeatedText();
    const text = 'a'.repeat(300) + end;
    repeated.parse(partOf(text));
    expect(textIn(repeated.parse(partOf(text)))).toBe('');
    expect(textIn(repeated.parse(partOf(`${text}b`)))).toBe(`${text}b`);
  });
});
