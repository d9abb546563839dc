import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { loadConfigFile, parseConfigText } from '../../src/config/load.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { startRig } from '../helpers/gateway.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
/** Inside the project, where its own name and its dependencies' resolve. */
const PLACE = mkdtempSync(join(ROOT, 'test', '.run-'));
afterAll(() => rmSync(PLACE, { recursive: true }));

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocksOf = (text: string): { language: string; code: string }[] =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
const blocks = blocksOf(readme);
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((name) => ({ name, blocks: blocksOf(readFileSync(join(ROOT, name), 'utf8')) }));

/** The one block of the README that speaks of something, asking a gateway of the test's. */
function block(language: string, word: string, url: string): string {
  const found = blocks.filter((each) => each.language === language && each.code.includes(word));
  expect(found).toHaveLength(1);
  return (found[0]?.code ?? '').replaceAll('http://127.0.0.1:4141', url);
}

const ANSWER = 'Hello to you too.';
const node = async (file: string, url = ''): Promise<string> => {
  const env = { ...ENVIRONMENT, SPILLWAY_URL: url };
  return (await run(process.execPath, ['--conditions=spillway-source', file], { cwd: ROOT, env })).stdout;
};

test.concurrent('every TypeScript in the documents compiles', async () => {
  const codes = documents.flatMap(({ blocks: all }) => all.filter(({ language }) => language === 'ts'));
  expect(codes.length).toBeGreaterThan(3);
  for (const [index, { code }] of codes.entries()) writeFileSync(join(PLACE, `block-${index}.ts`), code);
  const compilerOptions = { noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['block-*.ts'] };
  writeFileSync(join(PLACE, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', PLACE]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

test.concurrent('every configuration in the documents is good, in YAML and in TypeScript', async () => {
  const environment = {
    GROQ_API_KEY: 'key-of-groq',
    SPILLWAY_KEY: 'key-one',
    BATCH_KEY: 'key-two',
    TEAM_KEY: 'key-three',
  };
  const chains = '\nchains: { default: { entries: [groq/m] } }\n';
  const yamls = documents.flatMap(({ blocks: all }) => all.filter(({ language }) => language === 'yaml'));
  expect(yamls.length).toBeGreaterThan(1);
  for (const { code } of yamls) {
    const result = parseConfigText(code.includes('chains:') ? code : code + chains, environment);
    expect(result.ok ? [] : result.problems).toEqual([]);
  }
  const file = join(PLACE, 'spillway.config.ts');
  writeFileSync(file, block('ts', 'defineConfig', ''));
  expect(await loadConfigFile(file, environment)).toMatchObject({ ok: true });
});

test.concurrent("the README's first call is answered as it says", async () => {
  await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
  const { stdout } = await run('sh', ['-c', `${block('sh', 'curl -i', rig.url).trim()} -s`]);
  expect(stdout).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(stdout).toContain('x-spillway-attempts: 2');
  expect(stdout).toContain(`"content":"${ANSWER}"`);
});

test.concurrent("the README's call for a stream is answered event by event to its end", async () => {
  await using rig = await startRig([responder({ content: ANSWER })]);
  const { stdout } = await run('sh', ['-c', `${block('sh', 'curl -N', rig.url).trim()} -s`]);
  const deltas = [...stdout.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text);
  expect([deltas.length > 2, deltas.join('')]).toEqual([true, ANSWER]);
  expect(stdout).toMatch(/\n\ndata: \[DONE\]\n\n$/);
});

test.concurrent.each([
  ['the openai package', "from 'openai'"],
  ['the typed client', "from 'spillway/client'"],
])("the README's call by %s streams the answer", async (name, word) => {
  await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
  const file = join(PLACE, `${name.replaceAll(' ', '-')}.ts`);
  writeFileSync(file, block('ts', word, rig.url));
  expect(await node(file)).toBe(ANSWER);
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
});

test.concurrent.each(readdirSync(join(ROOT, 'examples')))('examples/%s streams the answer', async (name) => {
  await using rig = await startRig([responder({ content: ANSWER })]);
  const said = await node(join(ROOT, 'examples', name), rig.url);
  if (name === 'in-process.ts') expect(said).toMatch(/^The first provider was busy, so .*\n$/);
  else expect(said).toBe(`${ANSWER}\n`);
});

test('the documents name every procedure', async () => {
  const { appRouter } = await import('../../src/router/app-router.ts');
  const text = readFileSync(join(ROOT, 'docs', 'trpc.md'), 'utf8');
  const named = [...text.matchAll(/^\| (`[\w.`, ]+`) \| (?:query|mutation|subscription) \|/gm)];
  const paths = named.flatMap(([, names = '']) => names.split(', ').map((each) => each.replaceAll('`', '')));
  expect(paths.toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});
