import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { loadConfigFile, parseConfigText } from '../../src/config/load.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { startRig } from '../helpers/gateway.ts';
import { PROGRAMS } from './programs.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
/** Inside the project, so that the package's own name and its dependencies resolve. */
const DIRECTORY = mkdtempSync(join(ROOT, 'test', '.run-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

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

/** The one README block of a language that contains `word`, with the URL of the test's gateway. */
function block(language: string, word: string, url: string): string {
  const found = blocks.filter((each) => each.language === language && each.code.includes(word));
  expect(found).toHaveLength(1);
  return (found[0]?.code ?? '').replaceAll('http://127.0.0.1:4141', url);
}

const ANSWER = 'Hello to you too.';
const node = async (file: string, url = '', own: Readonly<Record<string, string>> = {}): Promise<string> => {
  const env = { ...ENVIRONMENT, SPILLWAY_URL: url, ...own };
  return (await run(process.execPath, ['--import', './test/setup/from-source.ts', file], { cwd: ROOT, env })).stdout;
};

test.concurrent('every TypeScript block in the docs compiles', async () => {
  const codes = documents.flatMap(({ blocks: all }) => all.filter(({ language }) => language === 'ts'));
  expect(codes.length).toBeGreaterThan(3);
  for (const [index, { code }] of codes.entries()) writeFileSync(join(DIRECTORY, `block-${index}.ts`), code);
  const compilerOptions = { noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['block-*.ts'] };
  writeFileSync(join(DIRECTORY, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', DIRECTORY]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

// Not beside the others: a configuration in TypeScript has ten seconds, and they take all of the processor.
test('every configuration in the docs is valid, in YAML and in TypeScript', async () => {
  const environment = {
    GROQ_API_KEY: 'key-of-groq',
    SPILLWAY_KEY: 'key-one',
    BATCH_KEY: 'key-two',
    TEAM_KEY: 'key-three',
    PROXY_KEY: 'key-of-proxy',
    ANTHROPIC_API_KEY: 'key-of-anthropic',
    OPENAI_API_KEY: 'key-of-openai',
    REDIS_PASSWORD: 'password-of-redis',
  };
  const chains = '\nchains: { default: { entries: [groq/m] } }\n';
  const yamls = documents.flatMap(({ blocks: all }) => all.filter(({ language }) => language === 'yaml'));
  expect(yamls.length).toBeGreaterThan(1);
  for (const { code } of yamls) {
    const result = parseConfigText(code.includes('chains:') ? code : code + chains, environment);
    expect(result.ok ? [] : result.problems).toEqual([]);
  }
  const file = join(DIRECTORY, 'spillway.config.ts');
  writeFileSync(file, block('ts', 'defineConfig', ''));
  expect(await loadConfigFile(file, environment)).toMatchObject({ ok: true });
});

test.concurrent("the README's first curl command gets the documented answer", async () => {
  await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
  const { stdout } = await run('sh', ['-c', `${block('sh', 'curl -i', rig.url).trim()} -s`]);
  expect(stdout).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(stdout).toContain('x-spillway-attempts: 2');
  expect(stdout).toContain(`"content":"${ANSWER}"`);
});

test.concurrent("the README's streaming curl command gets the answer event by event to its end", async () => {
  await using rig = await startRig([responder({ content: ANSWER })]);
  const { stdout } = await run('sh', ['-c', `${block('sh', 'curl -N', rig.url).trim()} -s`]);
  const deltas = [...stdout.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text);
  expect([deltas.length > 2, deltas.join('')]).toEqual([true, ANSWER]);
  expect(stdout).toMatch(/\n\ndata: \[DONE\]\n\n$/);
});

test.concurrent.each([
  ['the openai package', "from 'openai'"],
  ['the typed client', "from 'spillway/client'"],
])("the README's code for %s streams the answer", async (name, word) => {
  await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
  const file = join(DIRECTORY, `${name.replaceAll(' ', '-')}.ts`);
  writeFileSync(file, block('ts', word, rig.url));
  expect(await node(file)).toBe(ANSWER);
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
});

const HELLO = JSON.stringify({ model: 'default', messages: [{ role: 'user', content: 'Hello' }] });

/** The README's snippets for applications, each with a program that uses what it exports. */
const EMBEDDED: Readonly<Record<string, string>> = {
  toFetchHandler: `
    import { POST } from './embedded-toFetchHandler.ts';
    const send = (key) => POST(new Request('http://app.test/api/llm/v1/chat/completions', {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: '${HELLO}',
    }));
    const [wrong, right] = [await send('wrong'), await send('spillway-key-of-the-web')];
    console.log(wrong.status, (await right.json()).choices[0].message.content);`,
  'spillway/fastify': `
    import { app } from './embedded-fastify.ts';
    const send = (session) => app.inject({
      method: 'POST', url: '/llm/v1/chat/completions',
      headers: { 'content-type': 'application/json', 'x-session': session }, payload: '${HELLO}',
    });
    const [wrong, right] = [await send('wrong'), await send('session-of-alice')];
    console.log(wrong.statusCode, right.json().choices[0].message.content);`,
  createSpillwayRouter: `
    import { appRouter } from './embedded-createSpillwayRouter.ts';
    const caller = appRouter.createCaller({ user: { id: 'alice' } });
    const refused = await caller.llm.chains.status().catch(({ code }) => code);
    const answer = await caller.llm.chat.completions.create(${HELLO});
    console.log(refused === 'FORBIDDEN' ? 401 : refused, answer.choices[0].message.content, await caller.todos());`,
};

test.concurrent.each(Object.entries(EMBEDDED))(
  "the README's code with %s answers those that it lets in",
  async (word, program) => {
    await using rig = await startRig([responder({ content: ANSWER })]);
    const name = word.replace('spillway/', '');
    const code = block('ts', word, '').replaceAll('http://127.0.0.1:8000/v1', rig.upstreams[0]?.baseUrl ?? '');
    writeFileSync(join(DIRECTORY, `embedded-${name}.ts`), code);
    const file = join(DIRECTORY, `run-${name}.ts`);
    writeFileSync(file, `${program}\nprocess.exit(0);`);
    expect(await node(file, '', { SPILLWAY_KEY: 'spillway-key-of-the-web' })).toMatch(`401 ${ANSWER}`);
  },
);

test.concurrent.each(PROGRAMS)('examples/%s streams the answer', async (name) => {
  await using rig = await startRig([responder({ content: ANSWER })]);
  const output = await node(join(ROOT, 'examples', name), rig.url);
  if (['ai-sdk.ts', 'in-process.ts'].includes(name)) expect(output).toMatch(/^The first provider was busy, so .*\n$/);
  else expect(output).toBe(`${ANSWER}\n`);
});

test('docs/trpc.md lists every procedure', async () => {
  const { appRouter } = await import('../../src/router/app-router.ts');
  const text = readFileSync(join(ROOT, 'docs', 'trpc.md'), 'utf8');
  const named = [...text.matchAll(/^\| (`[\w.`, ]+`) \| (?:query|mutation|subscription) \|/gm)];
  const paths = named.flatMap(([, names = '']) => names.split(', ').map((each) => each.replaceAll('`', '')));
  expect(paths.toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});
