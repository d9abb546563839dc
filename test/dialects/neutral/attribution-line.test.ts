import { expect, test } from 'vitest';
import { withoutAttributionLine } from '../../../src/dialects/neutral/attribution-line.ts';
import type { Turn } from '../../../src/dialects/neutral/request.ts';

const LINE = 'x-anthropic-billing-header: cc_version=2.1.1; cch=1a2b3;';
const systemTurn = (text: string): Turn => ({ role: 'system', blocks: [{ kind: 'text', text }] });

test.each([
  ['alone', LINE, ''],
  ['first', `${LINE}\nBase.`, 'Base.'],
  ['last', `Base.\n${LINE}`, 'Base.'],
  ['between others', `a\n${LINE}\nb`, 'a\nb'],
  ['twice', `${LINE}\na\n${LINE}`, 'a'],
])('the line goes, %s', (_place, text, rest) => {
  expect(withoutAttributionLine(systemTurn(text))).toEqual(systemTurn(rest));
});

test.each([`Say ${LINE}`, 'Base.'])('a text that only mentions it stays: %j', (text) => {
  expect(withoutAttributionLine(systemTurn(text))).toEqual(systemTurn(text));
});

test('what a user says stays', () => {
  const turn: Turn = { role: 'user', blocks: [{ kind: 'text', text: LINE }] };
  expect(withoutAttributionLine(turn)).toBe(turn);
});
