import { exec, execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { startRig } from '../helpers/gateway.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const SITE = realpathSync(mkdtempSync(join(tmpdir(), 'spillway-consumer-')));
const INSTALLED = join(SITE, 'node_modules');

/** Puts a package of ours into the consumer's, as an install would. */
function link(name: string): void {
  mkdirSync(join(INSTALLED, name, '..'), { recursive: true });
  const place = join(INSTALLED, name);
  if (!existsSync(place)) symlinkSync(join(ROOT, 'node_modules', name), place, 'junction');
}

beforeAll(async () => {
  await promisify(exec)(`npm pack --loglevel=error --pack-destination "${SITE}"`, { cwd: ROOT });
  const [tarball = ''] = readdirSync(SITE).filter((name) => name.endsWith('.tgz'));
  mkdirSync(INSTALLED);
  await run('tar', ['-xzf', join(SITE, tarball), '-C', SITE]);
  cpSync(join(SITE, 'package'), join(INSTALLED, 'spillway'), { recursive: true });
  writeFileSync(join(SITE, 'package.json'), '{"type":"module"}');
}, 60_000);

afterAll(() => rmSync(SITE, { recursive: true, force: true }));

/** All that the client's types may come from. */
const OWN = ['spillway', '@trpc/client', '@trpc/server'] as const;

const CONSUMER = `
import { createTRPCClient, httpLink, splitLink } from '@trpc/client';
import { type AppRouter, createClient, httpStreamLink, SpillwayError } from 'spillway/client';

const url = 'http://127.0.0.1:4141';
const messages = [{ role: 'user', content: 'Hello' }] as const;
export const client = createClient({ url, apiKey: 'x' });
export async function ask(): Promise<string> {
  let text: string = (await client.chat.completions.create({ messages })).choices[0]?.message.content ?? '';
  for await (const chunk of client.chat.completions.stream({ messages })) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}
export const trpc = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === 'subscription',
      true: httpStreamLink({ url: url + '/trpc' }),
      false: httpLink({ url: url + '/trpc' }),
    }),
  ],
});
trpc.chat.completions.stream.subscribe({ messages }, { onData: (chunk) => chunk.choices[0]?.delta.content?.trim() });
export const code = (error: unknown): string | null => (error instanceof SpillwayError ? error.code : null);
// @ts-expect-error -- the check checks
void client.chat.completions.create({ messages: 7 });
// @ts-expect-error -- and what comes back is not any
void trpc.models.list.query().then((models) => models.nothing);
`;

test.each([
  ['nodenext', 'nodenext', 'es2022'],
  ['esnext', 'bundler', 'esnext'],
])(
  "the client's types need nothing but tRPC's, with module %s",
  async (module, moduleResolution, target) => {
    link('@trpc/client');
    link('@trpc/server');
    writeFileSync(join(SITE, 'consumer.ts'), CONSUMER);
    const compilerOptions = {
      module,
      moduleResolution,
      target,
      lib: ['esnext', 'dom'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      declaration: true,
      outDir: 'out',
    };
    writeFileSync(join(SITE, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', SITE, '--listFiles']).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout.split('\n').filter((line) => line.includes('error TS'))).toEqual([]);
    const files = stdout.split('\n').filter((file) => file.includes('node_modules'));
    expect(files.some((file) => file.endsWith('spillway/dist/client/index.d.ts'))).toBe(true);
    const own = new Set([...OWN].map((name) => realpathSync(join(INSTALLED, name))));
    const foreign = files.filter(
      (file) => !/\/@?typescript\//.test(file) && ![...own].some((root) => file.startsWith(root + sep)),
    );
    expect(foreign).toEqual([]);
  },
  30_000,
);

test('the installed client asks a gateway', async () => {
  for (const name of ['@trpc/client', '@trpc/server', 'eventsource-parser']) link(name);
  await using rig = await startRig([responder({ content: 'Hello to you too.' })]);
  writeFileSync(
    join(SITE, 'run.js'),
    `import { createClient } from 'spillway/client';
     const client = createClient({ url: process.argv[2] });
     for await (const chunk of client.chat.completions.stream({ messages: [{ role: 'user', content: 'Hello' }] }))
       process.stdout.write(chunk.choices[0]?.delta.content ?? '');`,
  );
  const { stdout } = await run(process.execPath, [join(SITE, 'run.js'), rig.url]);
  expect(stdout).toBe('Hello to you too.');
});
