import type { LimitStatus } from 'spillway/client';
import { describe, expect, test } from 'vitest';
import { entriesOut, isOut } from '../../../dashboard/live/entries-out.ts';
import { standingOf } from '../../../dashboard/live/standing.ts';
import { limitRow } from '../watched-events.ts';

function outOf(...rows: LimitStatus[]): number {
  return entriesOut(new Map(rows.map((row) => [row.id, row])));
}

test.each([
  ['ready', null, false],
  ['refusing', 'refused 20 requests in a row that others answered', false],
  ['cooling_down', 'throttled', true],
  ['failing', 'overloaded', true],
  ['limited', 'tokensPerMinute', true],
  ['limited', 'concurrency', false],
] as const)('a model that is %s for %s is out: %s', (state, reason, out) => {
  expect(isOut({ state, reason })).toBe(out);
});

describe('models out', () => {
  test('each counts once, however many keys it has', () => {
    const out = { state: 'cooling_down' } as const;
    expect(outOf(limitRow('groq/llama#1', out), limitRow('groq/llama#2', out), limitRow('openai/gpt'))).toBe(1);
  });

  test('one that has a key that is used counts as in', () => {
    const out = { state: 'failing' } as const;
    expect(outOf(limitRow('groq/llama#1'), limitRow('groq/llama#2', out))).toBe(0);
    expect(outOf(limitRow('groq/llama#1', out), limitRow('groq/llama#2'))).toBe(0);
  });

  test('models of one provider count each', () => {
    const out = { state: 'failing' } as const;
    expect(outOf(limitRow('groq/a', out), limitRow('groq/b', out))).toBe(2);
    expect(outOf()).toBe(0);
  });
});

describe('the standing of an entry', () => {
  const cooling = limitRow('groq/llama#1', { state: 'cooling_down', reason: 'throttled', retry_at: 9000 });
  const failing = limitRow('groq/llama#2', { state: 'failing', reason: 'overloaded', retry_at: 5000 });
  const unknown = limitRow('groq/llama#3', { state: 'cooling_down', reason: 'unauthorised' });

  test('is that of a key that is ready, then of one that refuses', () => {
    const ready = limitRow('groq/llama#4');
    const refusing = limitRow('groq/llama#5', { state: 'refusing' });
    expect(standingOf([cooling, refusing, ready])).toBe(ready);
    expect(standingOf([cooling, refusing])).toBe(refusing);
  });

  test('is that of the key that may be tried first, where none is', () => {
    expect(standingOf([unknown, cooling, failing])).toBe(failing);
    expect(standingOf([unknown])).toBe(unknown);
    expect(standingOf([])).toBeUndefined();
  });
});
