import { describe, expect, test } from 'vitest';
import { checkInProcess } from '../../src/config/check-in-process.ts';
import type { TextProblem } from '../../src/config/check-text.ts';

const SIGNAL = new AbortController().signal;

/** The problems of a YAML text, beside a gateway without a configuration. */
async function problemsOf(text: string, signal = SIGNAL, timeoutMs?: number): Promise<readonly TextProblem[]> {
  return (await checkInProcess({ text, format: 'yaml', served: {}, started: {} }, signal, timeoutMs)).problems;
}

const many = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const VALID = `providers: { a: { preset: openai } }\nchains:\n  c:\n    entries:\n      - a/m\n`;

test('the problems are those of the text', async () => {
  expect(await problemsOf(VALID)).toEqual([]);
  expect(await problemsOf(VALID.replace('a/m', 'b/m'))).toMatchObject([{ path: 'chains.c.entries[0]', line: 5 }]);
});

test('the changes are those to the configuration that is served', async () => {
  const { compared } = await checkInProcess({ text: VALID, format: 'yaml', served: {}, started: {} }, SIGNAL);
  expect(compared?.changes).toContainEqual({ path: 'chains.c.entries[0].model', before: null, after: 'm' });
});

test('a process that cannot be started is a problem', async () => {
  const { execPath } = process;
  const problems: unknown[] = [];
  // For the first path Node throws, for the second one the child reports it.
  for (const path of ['no\0path', '/no/such/node'])
    try {
      process.execPath = path;
      problems.push(await problemsOf(VALID));
    } finally {
      process.execPath = execPath;
    }
  const problem = { path: '', message: 'the text cannot be checked: no process can be started' };
  expect(problems).toEqual([[problem], [problem]]);
});

test('a check that is cancelled ends, and one that was cancelled before starts no process', async () => {
  const cancelling = new AbortController();
  const startedAt = performance.now();
  const text = `${VALID}aliases:\n${many(10_000, (n) => `  alias${n}: nothing${n}`)}`;
  const checking = problemsOf(text, cancelling.signal, 60_000);
  setTimeout(() => cancelling.abort(), 200);
  const cancelled = [{ path: '', message: 'the text cannot be checked: the check was cancelled' }];
  expect(await checking).toEqual(cancelled);
  expect(performance.now() - startedAt).toBeLessThan(3000);
  expect(await problemsOf(VALID, cancelling.signal)).toEqual(cancelled);
});

test('the process has no environment', async () => {
  process.env['SPILLWAY_CANARYS'] = 'x';
  try {
    const text = VALID.replace('a/m', '"${}"');
    expect(JSON.stringify(await problemsOf(text))).not.toContain('CANARY');
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
    const problems = await problemsOf(text, SIGNAL, 1500);
    clearInterval(timer);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(100);
    expect(turns).toBeGreaterThan(2);
  });
});
