import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { fieldsOf, isRecord } from '../../src/lib/record.ts';
import { hasCode } from '../../src/refusals/error-codes.ts';
import { statedWaits } from '../../src/refusals/stated-waits.ts';
import { CODE_ROWS } from '../../src/refusals/wordings/codes.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'refusals');
/** Methods that match a text against a fixed one. */
const MATCHERS: ReadonlySet<unknown> = new Set(['includes', 'startsWith', 'endsWith', 'indexOf']);

/** Places that may match words outside of `wordings`, because the words are not a provider's. */
const ALLOWED: Readonly<Record<string, string>> = {
  'echoed-text.ts: https?:\\/\\/[^\\s"\'`<>)\\]]*': 'the shape of a URL',
  'error-codes.ts: RegExp': 'compiles the rows of wordings/codes.ts',
  'error-body.ts: ^(?:\\uFEFF|\\s|:[^\\n]*\\n|\\/\\/[^\\n]*\\n|\\/\\*[^*]*\\*\\/|event:[^\\n]*\\n|data:(?=\\s*\\{))+':
    'the framing of an event',
  'named-fields.ts: RegExp': 'the shapes of a path',
  'limit-headers.ts: ratelimit': 'a part of the names of headers',
};

/** Whether a pattern has a word: four letters in a row, apart from escapes such as `\w`. */
function hasWord(pattern: string): boolean {
  return /[a-z]{4}/i.test(pattern.replaceAll(/\\(?:u[\da-f]{4}|u\{[^}]*\}|x[\da-f]{2}|.)/gi, ' '));
}

/** What a node of a syntax tree matches: the words of a regular expression or of a search, or `RegExp` for one that is built from texts. */
function wordsMatchedBy(node: Readonly<Record<string, unknown>>): string | undefined {
  const regex = fieldsOf(node['regex'])['pattern'];
  if (typeof regex === 'string') return hasWord(regex) ? regex : undefined;
  if (node['type'] !== 'NewExpression' && node['type'] !== 'CallExpression') return undefined;
  const callee = fieldsOf(node['callee']);
  if (callee['name'] === 'RegExp') return 'RegExp';
  if (!MATCHERS.has(fieldsOf(callee['property'])['name']) || !Array.isArray(node['arguments'])) return undefined;
  const sought = fieldsOf(node['arguments'][0])['value'];
  return typeof sought === 'string' && hasWord(sought) ? sought : undefined;
}

function wordsMatchedIn(file: string, source: string): string[] {
  const found: string[] = [];
  const open: unknown[] = [parseSync(file, source).program];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) open.push(...node);
    else if (isRecord(node)) {
      const words = wordsMatchedBy(node);
      if (words !== undefined) found.push(`${file}: ${words}`);
      open.push(...Object.values(node));
    }
  }
  return found;
}

test('only the files in wordings hold words that providers use in errors', () => {
  const files = globSync('*.ts', { cwd: FOLDER });
  expect(files.length).toBeGreaterThan(20);
  const found = files.flatMap((file) => wordsMatchedIn(file, readFileSync(join(FOLDER, file), 'utf8')));
  expect(found.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
});

test('the check sees regular expressions, built or literal, and searches for words', () => {
  expect(wordsMatchedIn('a.ts', 'if (/rate limit/.test(text)) throw text;')).toEqual(['a.ts: rate limit']);
  expect(wordsMatchedIn('a.ts', 'const a = PHRASES.map((each) => new RegExp(each));')).toEqual(['a.ts: RegExp']);
  expect(wordsMatchedIn('a.ts', "codes.includes('invalid_api_key')")).toEqual(['a.ts: invalid_api_key']);
  expect(wordsMatchedIn('a.ts', String.raw`/^\s*[{["]|\d{4}-|\u00a0[a-z]*/.test(text); names.includes(name);`)).toEqual(
    [],
  );
});

/** Every pattern that a file exports, by its name; a list has one for each item. */
async function patternsOf(file: string): Promise<(readonly [name: string, pattern: RegExp])[]> {
  const module = (await import(join(FOLDER, 'wordings', file))) as Readonly<Record<string, unknown>>;
  return Object.entries(module).flatMap(([name, value]) =>
    [value].flat(2).flatMap((each) => (each instanceof RegExp ? [[`${file}: ${name}`, each] as const] : [])),
  );
}

/** Pieces of texts that many patterns begin to match over and over. */
const PIECES = [
  ' ',
  'error loading ',
  'retry in ',
  'try again ',
  'retry_after=',
  'wait',
  'reset at the next ',
  'resets every mon ',
  'hit the a ',
  'limit a ',
  '1',
  '1 ',
  '1s ',
  '1 day, ',
  '1,000,',
  '1.',
  '12:',
  'jan 1 ',
  'mon, ',
  '2026-12-',
  '2026-12-01 08:00 ',
  'p1dt',
  '1h',
  '(',
  'a/',
  'utc+',
  '-',
  '_',
  ' ',
  '\n',
  'a',
  'aaaaaaaaa ',
  'weekly aaaa ',
  '5 hour a ',
  'per ',
  'reached ',
  'limite a ',
  '在',
  '每',
  '至',
  '1 秒',
  '秒后',
  '后',
  '5 小时',
  '後に',
  '후 ',
  'в 1 ',
  'é',
  'no model a ',
  'model ',
  '`x`',
  "'",
];

/** The least milliseconds of three times that a task takes; of one if that is little. */
function leastTime(task: () => void): number {
  let least = Infinity;
  for (let n = 0; n < 3 && least > 20; n++) {
    const started = cpuTime();
    task();
    least = Math.min(least, cpuTime() - started);
  }
  return least;
}

test('every pattern takes time in proportion to a text of 100 KB', async () => {
  const files = globSync('*.ts', { cwd: join(FOLDER, 'wordings') });
  const patterns = (await Promise.all(files.map(patternsOf))).flat();
  expect(patterns.length).toBeGreaterThan(60);
  const slow: string[] = [];
  for (const [name, pattern] of patterns) {
    // At every index, as the rules apply a sticky pattern at many of them.
    const everywhere = new RegExp(pattern.source, `${pattern.flags.replaceAll(/[gy]/g, '')}g`);
    for (const piece of PIECES) {
      // What follows keeps a pattern for whole texts from matching.
      const text = `${piece.repeat(100_000 / piece.length)}\u0001`;
      const ms = leastTime(() => {
        for (const _ of text.matchAll(everywhere));
      });
      // A quadratic pattern takes seconds.
      if (ms > 250) slow.push(`${name} ${JSON.stringify(piece)}: ${ms} ms`);
    }
  }
  expect(slow).toEqual([]);
}, 60_000);

test('a text of 100 KB is searched for waits in proportion to its length', () => {
  const error = { message: '', type: null, param: null, code: null, detail: null, status: undefined };
  for (const piece of PIECES) {
    const text = piece.repeat(100_000 / piece.length);
    expect(leastTime(() => void statedWaits(error, { text, ownText: text }, 0))).toBeLessThan(1000);
  }
}, 60_000);

test('each code stands in one row', () => {
  const codes = CODE_ROWS.map(([code]) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

test('a code is recognized in any of the three places where errors have codes', () => {
  expect(hasCode('invalid_request_error insufficient_quota ', 'no_money')).toBe(true);
  expect(hasCode('insufficient_quota undefined undefined', 'no_money')).toBe(true);
  expect(hasCode('invalid_request_error null null', 'no_money')).toBe(false);
  expect(hasCode('insufficient_quota', 'server')).toBe(false);
});
