import { expect, test } from 'vitest';
import { remembered, shownName } from '../../../src/observe/traces/shown-texts.ts';

test('a short text is redacted once, as long as it is one of the newest 500', () => {
  const redacted: string[] = [];
  const redact = (text: string): string => {
    redacted.push(text);
    return text.replace('secret', '***');
  };
  const once = remembered(redact);
  expect(remembered(redact)).toBe(once);
  for (let n = 0; n < 3; n++) expect(once('a secret')).toBe('a ***');
  expect(redacted).toEqual(['a secret']);
  for (let n = 0; n < 500; n++) once(String(n));
  once('a secret');
  expect(redacted.filter((text) => text === 'a secret')).toHaveLength(2);
});

test('a long text is not remembered', () => {
  let calls = 0;
  const once = remembered((text) => (calls++, text));
  for (let n = 0; n < 3; n++) once('x'.repeat(301));
  expect(calls).toBe(3);
});

test('a name is redacted before it is cut, and at most 4 KB of it', () => {
  const seen: number[] = [];
  const redact = (text: string): string => {
    seen.push(text.length);
    return text.replaceAll('secret', '***');
  };
  expect(shownName(`${'x'.repeat(196)}secret`, redact)).toBe(`${'x'.repeat(196)}***`);
  expect(shownName('y'.repeat(100_000), redact)).toBe('y'.repeat(200));
  expect(seen).toEqual([202, 4096]);
});
