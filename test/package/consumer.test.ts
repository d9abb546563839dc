import { exec, execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { responder } from '../../src/testing/index.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { startRig } from '../helpers/gateway.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const SITE = realpathSync(mkdtempSync(join(tmpdir(), 'spillway-consumer-')));
const INSTALLED = join(SITE, 'node_modules');

/** Links one of our dependencies into the consumer's `node_modules`, as an install would. */
function link(name: string): void {
  mkdirSync(join(INSTALLED, name, '..'), { recursive: true });
  const path = join(INSTALLED, name);
  if (!existsSync(path)) symlinkSync(join(ROOT, 'node_modules', name), path, 'junction');
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

/** The packages that the client's types may come from. */
const OWN = ['spillway', '@trpc/client', '@trpc/server'] as const;

const CONSUMER = `
import { createTRPCClient, httpLink, splitLink } from '@trpc/client';
import { type AppRouter, createClient, httpStreamLink, SpillwayError } from 'spillway/client';

const url = 'http://127.0.0.1:4141';
const messages = [{ role: 'user', content: 'Hello' }] as const;
export const client = createClient({ url, apiKey: 'x' });
export async function answer(): Promise<string> {
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
// @ts-expect-error -- the compiler checks inputs
void client.chat.completions.create({ messages: 7 });
// @ts-expect-error -- and results, which are not any
void trpc.models.list.query().then((models) => models.nothing);
`;

test.each([
  ['nodenext', 'nodenext', 'es2022'],
  ['esnext', 'bundler', 'esnext'],
])("the client's types need nothing but tRPC's, with module %s", async (module, moduleResolution, target) => {
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
});

test('the installed client calls a gateway', async () => {
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

test('the packed manifest names only files that are in the package', () => {
  const packed = join(INSTALLED, 'spillway');
  const paths = pathsIn(JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')));
  expect(paths).toEqual(expect.arrayContaining(['./dist/index.js', './dist/router/contract.d.ts', './package.json']));
  expect(paths.filter((path) => !existsSync(join(packed, path)))).toEqual([]);
});

test('the compiler and the preload of examples resolve every export to its source', () => {
  const preload = readFileSync(join(ROOT, 'test', 'setup', 'from-source.ts'), 'utf8');
  const { paths } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')).compilerOptions as {
    paths: Record<string, string[]>;
  };
  const names = Object.keys(manifest.exports).flatMap((path) =>
    path === './package.json' ? [] : [join('spillway', path)],
  );
  expect(Object.keys(paths)).toEqual([...Object.keys(manifest.imports), ...names]);
  for (const name of names) expect(preload).toContain(`../.${paths[name]?.[0]}'`);
  for (const [source] of Object.values(paths)) expect(existsSync(join(ROOT, source ?? ''))).toBe(true);
});

/** The paths in a manifest: its command, its files, and the targets of exports and imports. */
function pathsIn({ bin, files, exports, imports }: typeof manifest): string[] {
  const targets = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(Object(value)).flatMap(targets);
  return [bin, files.filter((file) => !file.startsWith('!')), exports, imports].flatMap(targets);
}

describe('the installed package', () => {
  const BIN = join(INSTALLED, 'spillway', 'src', 'cli', 'spillway.cjs');

  beforeAll(() => {
    for (const name of Object.keys(manifest.dependencies)) link(name);
  });

  test('is a command that reads a configuration in TypeScript', async () => {
    const cwd = mkdtempSync(join(SITE, 'command-'));
    writeFileSync(
      join(cwd, 'spillway.config.ts'),
      `import { defineConfig } from 'spillway';
       const port: number = 4199;
       export default defineConfig({
         server: { port },
         providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
         chains: { default: { entries: ['a/m'] } },
       });`,
    );
    const env = ENVIRONMENT;
    const { stdout } = await run(process.execPath, [BIN, 'check'], { cwd, env });
    expect(stdout).toContain('spillway.config.ts: valid');
    expect(stdout).toContain('a/m');
    expect((await run(process.execPath, [BIN, '--version'], { cwd, env })).stdout).toBe(`${manifest.version}\n`);
  });

  test('is a command in a folder where no package is installed', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'spillway-empty-'));
    writeFileSync(
      join(cwd, 'spillway.config.ts'),
      `import { defineConfig } from 'spillway';
       export default defineConfig({ providers: { a: { preset: 'ollama' } }, chains: { c: { entries: ['a/m'] } } });`,
    );
    const { stdout } = await run(process.execPath, [BIN, 'check'], { cwd, env: ENVIRONMENT });
    expect(stdout).toContain('ollama');
    rmSync(cwd, { recursive: true });
  });

  test('prints on an older Node which version it needs, before it loads anything', async () => {
    const older = `Object.defineProperty(process.versions, 'node', { value: '20.11.0' }); require(${JSON.stringify(BIN)})`;
    const failed: unknown = await run(process.execPath, ['-e', older]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: 'spillway needs Node 24 or newer; this is Node 20.11.0.\n' });
  });

  test('is a library, with its testing library', async () => {
    writeFileSync(
      join(SITE, 'library.js'),
      `import { createGateway } from 'spillway';
       import { responder, startScriptedUpstream } from 'spillway/testing';
       await using upstream = await startScriptedUpstream({ script: responder({ content: 'From a library.' }) });
       await using gateway = await createGateway({
         providers: { a: { baseUrl: upstream.baseUrl } },
         chains: { default: { entries: ['a/m'] } },
       });
       const messages = [{ role: 'user', content: 'Hello' }];
       for await (const chunk of await gateway.caller.chat.completions.stream({ model: 'default', messages }))
         process.stdout.write(chunk.choices[0]?.delta.content ?? '');`,
    );
    expect((await run(process.execPath, [join(SITE, 'library.js')])).stdout).toBe('From a library.');
  });

  test('is a plugin of Fastify and a handler of web requests, for one and the same gateway', async () => {
    writeFileSync(
      join(SITE, 'mounted.js'),
      `import Fastify from 'fastify';
       import { createGateway, toFetchHandler } from 'spillway';
       import spillway from 'spillway/fastify';
       await using gateway = await createGateway({
         providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
         chains: { default: { entries: ['a/m'] } },
       });
       const principal = () => ({ principal: { id: 'app' } });
       const app = Fastify();
       await app.register(spillway, { gateway, prefix: '/llm', principal });
       const injected = await app.inject('/llm/v1/models');
       const fetched = await toFetchHandler(gateway, { principal })(new Request('http://app.test/trpc/models.list'));
       const closed = await toFetchHandler(gateway)(new Request('http://app.test/livez'));
       const page = await app.inject('/llm/ui/requests');
       const [script] = /assets[^"]+[.]js/.exec(page.body) ?? [];
       const asset = await app.inject({ url: '/llm/ui/' + script, headers: { 'accept-encoding': 'br' } });
       console.log(injected.json().data[0].id, (await fetched.json()).result.data.data[0].id, closed.status);
       console.log(page.statusCode, asset.statusCode, asset.headers['content-encoding']);`,
    );
    expect((await run(process.execPath, [join(SITE, 'mounted.js')])).stdout).toBe('default default 401\n200 200 br\n');
  });

  test('is a provider of the AI SDK once its optional peer is installed', async () => {
    writeFileSync(
      join(SITE, 'ai.js'),
      `import { generateText } from 'ai';
       import { createGateway } from 'spillway';
       import { createSpillway } from 'spillway/ai';
       import { responder, startScriptedUpstream } from 'spillway/testing';
       await using upstream = await startScriptedUpstream({ script: responder({ content: 'From a provider.' }) });
       await using gateway = await createGateway({
         providers: { a: { baseUrl: upstream.baseUrl } },
         chains: { default: { entries: ['a/m'] } },
       });
       const { text } = await generateText({ model: createSpillway({ gateway })('default'), prompt: 'Hello' });
       console.log(text);`,
    );
    const peers = Object.keys(manifest.peerDependencies);
    expect(Object.entries(manifest.peerDependenciesMeta)).toEqual(peers.map((name) => [name, { optional: true }]));
    for (const name of ['ai', '@ai-sdk/openai-compatible']) link(name);
    expect((await run(process.execPath, [join(SITE, 'ai.js')])).stdout).toBe('From a provider.\n');
  });

  test('contains what the manifest lists, and neither sources nor tests', async () => {
    const files = readdirSync(join(INSTALLED, 'spillway'), { recursive: true }).map(String);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', join('docs', 'config.schema.json')]));
    const dashboard = files.filter((file) => file.startsWith(join('dist', 'dashboard', 'assets')));
    for (const ending of ['.js', '.js.br', '.js.gz', '.css', '.css.br'])
      expect([ending, dashboard.some((file) => file.endsWith(ending))]).toEqual([ending, true]);
    expect(files.filter((file) => file.endsWith('.digest') || file.startsWith('dashboard'))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
    expect(files.filter((file) => /(^|[\\/])(test|examples|node_modules)([\\/]|$)/.test(file))).toEqual([]);
    const text = (file: string): string => readFileSync(join(INSTALLED, 'spillway', file), 'utf8');
    // They are bundled: otherwise a start would read hundreds of their files.
    const code = files.filter((file) => file.endsWith('.js'));
    expect(code.filter((file) => /^import\b.*["'](zod|yaml)["']/m.test(text(file)))).toEqual([]);
    for (const name of ['zod', 'yaml'])
      expect(text(join('dist', 'LICENSES.txt'))).toContain(
        readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8'),
      );
  });
});
