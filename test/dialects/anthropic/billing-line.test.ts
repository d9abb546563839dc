import { expect, test } from 'vitest';
import { mayHoldBillingLine, withoutBillingLine } from '../../../src/dialects/anthropic/billing-line.ts';

const LINE = 'x-anthropic-billing-header: cc_version=2.1.1; cch=1a2b3;';

test.each([
  ['alone', LINE, ''],
  ['first', `${LINE}\nBase.`, 'Base.'],
  ['last', `Base.\n${LINE}`, 'Base.\n'],
  ['between others', `a\n${LINE}\nb`, 'a\nb'],
  ['twice', `${LINE}\na\n${LINE}`, 'a\n'],
])('the line is left out, %s', (_place, text, rest) => {
  expect(withoutBillingLine(text)).toBe(rest);
  expect(mayHoldBillingLine(Buffer.from(JSON.stringify(text)))).toBe(true);
});

test.each([`Say ${LINE}`, 'Base.'])('a text that only mentions it stays: %j', (text) => {
  expect(withoutBillingLine(text)).toBe(text);
});
