import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMIT_POLICIES } from '../../src/domain/chain.ts';
import { requestOptions } from '../../src/door/options.ts';
import { LONGEST_TIMER_MS } from '../../src/lib/clock.ts';
import { PARAMETERS } from '../../src/rest/openapi/components.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

interface Schema {
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly examples?: readonly string[];
}

const SCHEMAS = new Map(
  Object.values(PARAMETERS).map((parameter) => {
    const { name, schema } = parameter as { readonly name: string; readonly schema: Schema };
    return [name, schema] as const;
  }),
);

/** Whether the API's description allows a value of an option. */
function isDescribed(name: string, value: string): boolean {
  const { pattern, enum: values } = SCHEMAS.get(name) ?? {};
  return pattern === undefined ? (values?.includes(value) ?? true) : new RegExp(pattern, 'u').test(value);
}

function isAccepted(name: string, value: string): boolean {
  try {
    requestOptions({ [name]: value });
    return true;
  } catch {
    return false;
  }
}

const deadlineOf = (value: string): number | undefined => requestOptions({ 'x-spillway-deadline': value }).deadline;

describe('a deadline', () => {
  test.each([
    ['1', 1],
    ['250', 250],
    ['007', 7],
    ['1.5', 1.5],
    ['250ms', 250],
    ['5s', 5000],
    ['5 S', 5000],
    ['0.25s', 250],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['9999999999', LONGEST_TIMER_MS],
    ['9999999999h', LONGEST_TIMER_MS],
  ])('of %j is %i ms', (value, ms) => {
    expect(deadlineOf(value)).toBe(ms);
  });

  test.each([
    '',
    '0',
    '0.0s',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '.5s',
    '5.',
    '5d',
    '5sec',
    '1m30s',
    '5s, 6s',
    'soon',
    '12345678901',
    '5\u00a0s',
    '٣',
  ])('of %j is refused, with what it may be', (value) => {
    expect(() => deadlineOf(value)).toThrow(/must be milliseconds, or a duration like 250ms, 5s or 10m, above zero/);
  });
});

describe('a list of what to include', () => {
  test.each(['trail', ' trail', 'trail,', ',trail ,\ttrail', 'trail,trail'])('may be %j', (value) => {
    expect(requestOptions({ 'x-spillway-include': value }).include).toEqual(['trail']);
  });

  test.each(['', ' ', ',', ' , '])('is empty for %j', (value) => {
    expect(requestOptions({ 'x-spillway-include': value }).include).toEqual([]);
  });

  test.each(['trails', 'Trail', 'trail trail', 'trail;q=1', 'trail,plan', '\u00a0trail'])(
    'is refused for %j',
    (value) => {
      expect(() => requestOptions({ 'x-spillway-include': value })).toThrow(/the values are trail/);
    },
  );

  test('of a whole head of blanks costs no time', () => {
    const startedAt = cpuTime();
    for (const value of [`x${' '.repeat(16_000)}x`, `${'trail ,'.repeat(2000)}x`, `${' '.repeat(16_000)}x`])
      expect(isAccepted('x-spillway-include', value)).toBe(false);
    for (const value of ['0'.repeat(16_000), `1${' '.repeat(16_000)}x`, `0.${'0'.repeat(16_000)}`])
      expect(isAccepted('x-spillway-deadline', value)).toBe(false);
    expect(cpuTime() - startedAt).toBeLessThan(200);
  });
});

describe('the API’s description', () => {
  test('has every option, and examples that are accepted', () => {
    expect([...SCHEMAS.keys()]).toEqual([
      'x-spillway-commit',
      'x-spillway-deadline',
      'x-spillway-include',
      'x-spillway-log',
      'x-spillway-run',
      'x-spillway-tags',
    ]);
    for (const [name, { examples = [] }] of SCHEMAS)
      for (const example of examples) expect([name, example, isAccepted(name, example)]).toEqual([name, example, true]);
  });

  /** Pieces of right values and what is next to them, joined at random; and any text that a header can hold. */
  const pieces = [
    'trail',
    'Trail',
    'ms',
    'MS',
    's',
    'S',
    'm',
    'h',
    'd',
    '0',
    '00',
    '1',
    '9',
    '2147483648',
    '0123456789',
    '.',
    ',',
    ' ',
    '\t',
    '-',
    '\u00a0',
  ];
  const value = fc.oneof(
    fc.array(fc.constantFrom(...pieces, ...COMMIT_POLICIES), { maxLength: 6 }).map((all) => all.join('')),
    fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,8}$/),
    fc.stringMatching(/^\d{0,12}\.?\d{0,12}[ ]?(ms|s|m|h)?$/),
  );

  test.each([...SCHEMAS.keys()])('allows of %s exactly what is accepted', (name) => {
    fc.assert(
      fc.property(value, (text) => {
        expect([text, isDescribed(name, text)]).toEqual([text, isAccepted(name, text)]);
      }),
      { numRuns: 5000, seed: 19 },
    );
  });

  // An option without a pattern and without values takes any text.
  test.each([...SCHEMAS].filter(([, schema]) => schema.pattern !== undefined || schema.enum !== undefined))(
    'allows nothing of %s that is refused, however it is made',
    (name, { pattern, enum: values = [] }) => {
      if (pattern === undefined) {
        expect(values).not.toEqual([]);
        return expect(values.filter((each) => isAccepted(name, each))).toEqual(values);
      }
      fc.assert(
        fc.property(fc.stringMatching(new RegExp(pattern)), (text) => {
          expect([text, isAccepted(name, text)]).toEqual([text, true]);
        }),
        { numRuns: 1000, seed: 19 },
      );
    },
  );
});
