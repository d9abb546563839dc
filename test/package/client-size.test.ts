import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const CLIENT = join(import.meta.dirname, '..', '..', 'client');
const KB = 1024;

/** The size of the whole client in a bundle for browsers, with its dependencies, compressed; and the files in it. */
async function bundled(withParse: boolean): Promise<{ size: number; files: readonly string[] }> {
  await using bundle = await rolldown({
    input: join(CLIENT, 'index.ts'),
    platform: 'browser',
    plugins: [
      {
        name: 'without-parse',
        load: (id) =>
          withParse || id !== join(CLIENT, 'parse.ts') ? null : 'export const createParse = () => undefined;',
      },
    ],
  });
  const { output } = await bundle.generate({ minify: true });
  return { size: gzipSync(output[0].code).length, files: output[0].moduleIds };
}

test('the client has less than 12 KB in a bundle, and less than 14 KB with parse', async () => {
  const [without, whole] = await Promise.all([bundled(false), bundled(true)]);
  expect(without.size).toBeLessThan(12 * KB);
  expect(whole.size).toBeLessThan(14 * KB);
  expect(whole.size).toBeGreaterThan(without.size);
});

test('the client carries no schema library', async () => {
  const { files } = await bundled(true);
  expect(files.some((file) => file.includes('eventsource-parser'))).toBe(true);
  expect(files.filter((file) => /node_modules\/(?!eventsource-parser|@trpc\/)/.test(file))).toEqual([]);
});
