import { describe, expect, test } from 'vitest';
import { checkInProcess } from '../../src/config/check-in-process.ts';

const many = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const VALID = `providers: { a: { preset: openai } }\nchains:\n  c:\n    entries:\n      - a/m\n`;

test('the problems are those of the text', async () => {
  expect(await checkInProcess({ text: VALID, format: 'yaml' })).toEqual([]);
  expect(await checkInProcess({ text: VALID.replace('a/m', 'b/m'), format: 'yaml' })).toMatchObject([
    { path: 'chains.c.entries[0]', line: 5 },
  ]);
});

test('the process has no environment', async () => {
  process.env['SPILLWAY_CANARYS'] = 'x';
  try {
    const text = VALID.replace('a/m', '"${}"');
    expect(JSON.stringify(await checkInProcess({ text, format: 'yaml' }))).not.toContain('CANARY');
  } finally {
    delete process.env['SPILLWAY_CANARYS'];
  }
});

describe('a hostile text', () => {
  test.each([
    ['deep lists', '['.repeat(250_000)],
    ['deep maps', '{a: '.repeat(60_000)],
    [
      'a bomb of aliases',
      `a: &a [x]\n${many(30, (n) => `a${n}: &a${n} [*a${n === 0 ? '' : n - 1}, *a${n === 0 ? '' : n - 1}]`)}`,
    ],
    ['many unknown members', `${VALID}${many(15_000, (n) => `member${n}: 1`)}`],
    ['many unknown aliases', `${VALID}aliases:\n${many(10_000, (n) => `  alias${n}: nothing${n}`)}`],
    ['many unknown providers', `${VALID}${many(12_000, (n) => `      - p${n}/m`)}`],
    ['many variables', `${VALID}aliases:\n${many(8000, (n) => `  alias${n}: "\${V${n}}"`)}`],
  ])('of %s is refused in bounded time, and other work goes on', async (_, text) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 20);
    const problems = await checkInProcess({ text, format: 'yaml' }, 1500);
    clearInterval(timer);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(100);
    expect(turns).toBeGreaterThan(2);
  });
});
