import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfigText } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problems.ts';

const PLACE = join(import.meta.dirname, 'wrong');
const files = readdirSync(PLACE).filter((file) => file.endsWith('.yaml'));
/** What a user may have set. */
const ENVIRONMENT = { GROQ_API_KEY_2: 'gsk-0123456789' };

test('every wrong file is told as a person has read it; `npx vitest -u` writes the messages anew, to be read again', async () => {
  expect(files.length).toBeGreaterThanOrEqual(30);
  const told = files.map((file) => {
    const result = parseConfigText(readFileSync(join(PLACE, file), 'utf8'), ENVIRONMENT);
    return result.ok ? `${file}: nothing is wrong with it` : formatProblems(file, result.problems);
  });
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot(join(PLACE, 'messages.txt'));
  expect(told.filter((text) => text.includes('nothing is wrong'))).toEqual([]);
});
