import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfigText } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problems.ts';

const FOLDER = join(import.meta.dirname, 'wrong');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
/** The environment of a user with one provider key. */
const ENVIRONMENT = { GROQ_API_KEY_2: 'gsk-0123456789' };

test('the problems of every invalid file are as reviewed; `npx vitest -u` rewrites the snapshot, for review', async () => {
  expect(files.length).toBeGreaterThanOrEqual(30);
  const messages = files.map((file) => {
    const result = parseConfigText(readFileSync(join(FOLDER, file), 'utf8'), ENVIRONMENT);
    return result.ok ? `${file}: no problem` : formatProblems(file, result.problems);
  });
  await expect(`${messages.join('\n\n')}\n`).toMatchFileSnapshot(join(FOLDER, 'messages.txt'));
  expect(messages.filter((text) => text.endsWith(': no problem'))).toEqual([]);
});
