import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { evaluateConfig } from '../../src/config/evaluate.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import { plainData } from '../../src/config/plain-data.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-evaluate-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function write(text: string, name = 'spillway.config.ts'): string {
  const file = join(FOLDER, name);
  writeFileSync(file, text);
  return file;
}

const CONFIG = `
import { defineConfig, type Principal } from 'spillway';
import { models } from './models.ts';
const principal: Principal | undefined = undefined;
export default defineConfig({
  providers: { a: { baseUrl: 'http://127.0.0.1:1/v1', apiKey: '\${A_KEY}' } },
  chains: { default: { entries: models.map((model: string) => \`a/\${model}\`), deadline: principal } },
});
`;

test('a program is evaluated to the data that it exports, may import files and this package, and is evaluated again each time', async () => {
  const file = write(CONFIG);
  write(`export const models = ['one'];`, 'models.ts');
  const modelsOf = async (): Promise<unknown> => {
    const result = await loadConfigFile(file, { A_KEY: 'key-of-a-123' });
    return result.ok ? result.config.chains['default']?.entries.map(({ model }) => model) : result.problems;
  };
  expect(await modelsOf()).toEqual(['one']);
  write(`export const models = ['one', 'two'];`, 'models.ts');
  expect(await modelsOf()).toEqual(['one', 'two']);
});

test('the default export may be a promise', async () => {
  const file = write(`export default Promise.resolve({ a: 1 });`);
  expect(await evaluateConfig(file)).toEqual({ value: { a: 1 }, problems: [] });
});

test.each([
  ['export default { chains: { c: () => 1 } }', 'chains.c', 'must be plain data, not a function'],
  ['export default { a: [1, new Date()] }', 'a[1]', 'must be plain data, not an instance of Date'],
  ['export default { n: 1n }', 'n', 'must be plain data, not a bigint'],
  ['export const config = {}', '', 'cannot be evaluated: the program has no default export'],
  ['\n\nexport default {', '', expect.stringMatching(/^cannot be evaluated: .*spillway\.config\.ts:\d\)$/)],
  [
    'throw new Error("not today")',
    '',
    expect.stringMatching(/^cannot be evaluated: not today \(\/.*spillway\.config\.ts:1\)$/),
  ],
  ['import "./nowhere.ts"; export default {}', '', expect.stringContaining('nowhere.ts')],
  ['process.exit(3)', '', 'cannot be evaluated: the program ended its process'],
  ['for (;;);', '', 'cannot be evaluated: not finished after 0.5 s'],
])('the program %j is a problem', async (text, path, message) => {
  const { problems } = await evaluateConfig(write(text), undefined, text.startsWith('for') ? 500 : undefined);
  expect(problems).toEqual([{ path, message }]);
});

test('data is copied without undefined members, and a circular reference is a problem', () => {
  expect(plainData({ a: [null, true, 'x', 1.5], b: undefined, c: Object.create(null) })).toEqual({
    value: { a: [null, true, 'x', 1.5], c: {} },
    problems: [],
  });
  const circular: Record<string, unknown> = {};
  circular['again'] = circular;
  expect(plainData(circular).problems).toEqual([{ path: 'again', message: 'refers to itself' }]);
});

test('a secret in the error of a program is redacted', async () => {
  const file = write('throw new Error(`cannot use ${process.env.HOME_TOKEN ?? "tok-0123456789"}`)');
  const result = await loadConfigFile(file, { HOME_TOKEN: 'tok-0123456789' });
  expect(JSON.stringify(result)).toContain('cannot use ***');
});
