import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPriceFile } from '../../src/config/price-file.ts';
import { folderOf } from '../helpers/program.ts';

const PRICES = {
  'openai/gpt-5': { input: 1.1, output: 9, cachedInput: 0.1 },
  'groq/openai/gpt-oss-120b': { input: 0, output: 0, perRequest: 0.01 },
};

test('a file of prices is YAML or JSON, by provider/model', async () => {
  await using folder = await folderOf({
    'prices.json': JSON.stringify(PRICES),
    'prices.yaml': `# ours
openai/gpt-5: { input: 1.1, output: 9, cachedInput: 0.1 }
groq/openai/gpt-oss-120b: { input: 0, output: 0, perRequest: 0.01 }
`,
    'empty.yaml': '# none yet\n',
  });
  const expected = { ok: true, prices: new Map(Object.entries(PRICES)) };
  expect(readPriceFile(join(folder.path, 'prices.json'))).toEqual(expected);
  expect(readPriceFile(join(folder.path, 'prices.yaml'))).toEqual(expected);
  expect(readPriceFile(join(folder.path, 'empty.yaml'))).toEqual({ ok: true, prices: new Map() });
  expect(readPriceFile(undefined)).toEqual({ ok: true, prices: new Map() });
});

test.each([
  ['a negative price', 'a/b: { input: -1, output: 0 }', 'a/b.input: must be at least 0'],
  ['an absurd price', 'a/b: { input: 1, output: 1e9 }', 'a/b.output: must be at most 1000000'],
  ['a price that is a text', 'a/b: { input: "1", output: 0 }', 'a/b.input: must be a number, not a string'],
  ['an unknown part', 'a/b: { input: 1, output: 0, cached: 1 }', "a/b.cached: unknown key 'cached'"],
  ['a missing part', 'a/b: { input: 1 }', 'a/b.output: is missing'],
  ['a key without a model', 'gpt-5: { input: 1, output: 0 }', 'gpt-5: is not an entry; write provider/model'],
  ['a list', '- 1', ''],
  ['what is no YAML', 'a: [', 'line 1'],
])('%s is a problem at prices.file that says where', async (_, text, place) => {
  await using folder = await folderOf({});
  const path = join(folder.path, 'prices.yaml');
  writeFileSync(path, text);
  const read = readPriceFile(path);
  if (read.ok) throw new Error('It was taken.');
  expect(read.problems.map((problem) => problem.path)).toEqual(read.problems.map(() => 'prices.file'));
  expect(read.problems[0]?.message).toContain(`file '${path}', `);
  expect(read.problems[0]?.message).toContain(place);
});

test('a file that is not there, and a folder, are problems', async () => {
  await using folder = await folderOf({});
  const missing = join(folder.path, 'no.yaml');
  expect(readPriceFile(missing)).toMatchObject({ problems: [{ message: `file '${missing}' does not exist` }] });
  const isFolder = `file '${folder.path}' cannot be read (EISDIR)`;
  expect(readPriceFile(folder.path)).toMatchObject({ problems: [{ message: isFolder }] });
});
