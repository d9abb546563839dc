import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fieldsOf as membersOf } from '../../src/lib/record.ts';
import { fieldsOf, openaiError } from '../../src/testing/index.ts';
import type { Rig } from '../helpers/gateway.ts';
import { installPackage } from '../helpers/npm.ts';
import { folderOf, type Ran, runProgram } from '../helpers/program.ts';
import type { Api, Ending, SaidCall } from '../helpers/vendors/said.ts';
import { saying, startVendor, startVendors, type Turn } from '../helpers/vendors/vendor.ts';

const VERSION = '2.1.332';
const PROVIDERS: readonly Api[] = ['messages', 'responses', 'chat'];
/** A name that is no alias of Claude Code's own, as `default` is. */
const MODEL = 'coding';
/** Of the reasoning. */
const SIGNATURE = 'c2lnbmVk';
const OUT_OF_ORDER = openaiError(500, 'out of order');

const over = new AbortController();
let program: string;
let reason: string | undefined;

beforeAll(async () => {
  const installed = await installPackage('@anthropic-ai/claude-code', VERSION, over.signal);
  if ('reason' in installed) {
    // The default reporter does not list single skipped tests.
    console.warn((reason = installed.reason));
    return;
  }
  // Starts the program of this platform. The package's own script is replaced by that program only when its scripts run at installation.
  program = join(installed.folder, 'cli-wrapper.cjs');
}, 180_000);

beforeEach(({ skip }) => {
  if (reason !== undefined) skip(reason);
});
afterAll(() => over.abort());

interface Session extends Ran {
  /** What it prints as its result. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The text of the file that it was to write, if it has. */
  readonly greeting: string | undefined;
}

/** Runs Claude Code without a terminal, as one who may write files. `start` makes the gateway for its working directory. */
async function claude(
  start: (work: string) => Promise<Rig>,
): Promise<Session & AsyncDisposable & { readonly rig: Rig }> {
  await using folder = await folderOf({ 'work/README.md': '# Greetings\n', 'home/empty': '' });
  const [home, work] = [join(folder.path, 'home'), join(folder.path, 'work')];
  const rig = await start(work);
  const ran = await runProgram({
    args: [
      program,
      '-p',
      'Let greeting.txt say goodbye.',
      '--output-format',
      'json',
      '--allowedTools',
      'Write',
      'Edit',
    ],
    cwd: work,
    env: {
      HOME: home,
      CLAUDE_CONFIG_DIR: home,
      ANTHROPIC_BASE_URL: rig.url,
      ANTHROPIC_AUTH_TOKEN: 'key-of-claude-code',
      ANTHROPIC_MODEL: MODEL,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '0',
    },
    timeout: 40_000,
    signal: over.signal,
  });
  const greeting = join(work, 'greeting.txt');
  const written = await access(greeting).then(
    () => readFile(greeting, 'utf8'),
    () => undefined,
  );
  const result = membersOf(ran.stdout.startsWith('{') ? JSON.parse(ran.stdout) : undefined);
  return { ...ran, result, greeting: written, rig, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

const serve = (api: Api, turns: readonly Turn[]): Promise<Rig> => startVendor(api, turns, { model: MODEL });

/** A stream that ends so. Claude Code then asks for JSON, which fails. */
function failing(api: Api, ending: Ending): Turn {
  const stream = saying(api, { text: 'I write it now.' }, ending);
  return (request) => (fieldsOf(request)['stream'] === true ? stream(request) : OUT_OF_ORDER);
}

const writing = (work: string): SaidCall => ({
  id: 'toolu_greeting',
  name: 'Write',
  input: { file_path: join(work, 'greeting.txt'), content: 'goodbye\n' },
});

describe.each(PROVIDERS)(`Claude Code ${VERSION} over a provider of %s`, (api) => {
  test('answers', async () => {
    await using session = await claude(() => serve(api, [{ text: 'No.' }]));
    expect(session).toMatchObject({ status: 0, result: { is_error: false, result: 'No.', stop_reason: 'end_turn' } });
    expect(session.result['usage']).toMatchObject({ input_tokens: 30, output_tokens: 12 });
    // Only Anthropic reads the line, which differs in every request.
    const sent = session.rig.upstreams[0]?.hits[0]?.body.toString('utf8') ?? '';
    expect(sent).toContain('Let greeting.txt say goodbye.');
    expect(sent).not.toContain('x-anthropic-billing-header');
  }, 60_000);

  test('writes a file', async () => {
    const reasoning = { text: 'I need a file.', signature: SIGNATURE };
    await using session = await claude((work) =>
      serve(api, [{ reasoning, text: 'I write it.', calls: [writing(work)] }, { text: 'The file says goodbye.' }]),
    );
    expect(session).toMatchObject({
      status: 0,
      greeting: 'goodbye\n',
      result: { is_error: false, result: 'The file says goodbye.', num_turns: 2 },
    });
    const { hits = [] } = session.rig.upstreams[0] ?? {};
    expect(hits).toHaveLength(2);
    const second = hits[1]?.body.toString('utf8') ?? '';
    expect(second).toContain('toolu_greeting');
    expect(second).toContain('File created successfully');
    // The reasoning comes back to its vendor. A chat provider has signed none.
    expect(second.includes(`"${SIGNATURE}"`)).toBe(api !== 'chat');
    expect(session.rig.codes()).toEqual(['ok', 'ok']);
  }, 60_000);

  test.each<readonly [string, Turn]>([
    ['before its first token', OUT_OF_ORDER],
    ['that is rejected', openaiError(400, 'out of order')],
    ['that fails after its first token', failing(api, 'error')],
    ['that is cut off', failing(api, 'cut')],
  ])(
    'fails with an answer %s',
    async (_, turn) => {
      await using session = await claude(() => serve(api, [turn]));
      expect(session).toMatchObject({ status: 1, greeting: undefined, result: { is_error: true } });
    },
    60_000,
  );
});

const TURNS = [
  ['messages', 'chat'],
  ['messages', 'responses'],
  ['responses', 'messages'],
  ['chat', 'messages'],
] as const;

test.each(TURNS)(
  `Claude Code ${VERSION} goes on where a provider of %s fails within a conversation and one of %s follows`,
  async (first, second) => {
    const reasoning = { text: 'I need a file.', signature: SIGNATURE };
    await using session = await claude((work) =>
      startVendors(
        [
          [first, [{ reasoning, text: 'I write it.', calls: [writing(work)] }, openaiError(503, 'out of order')]],
          [second, [{ text: 'The file says goodbye.' }]],
        ],
        { model: MODEL },
      ),
    );
    expect(session).toMatchObject({ status: 0, greeting: 'goodbye\n', result: { result: 'The file says goodbye.' } });
    const [sent = '', ...others] = (session.rig.upstreams[1]?.hits ?? []).map(({ body }) => body.toString('utf8'));
    expect(others).toEqual([]);
    expect(sent).toContain('File created successfully');
    // Providers refuse reasoning that another one has signed.
    expect(sent).not.toContain(SIGNATURE);
    expect(sent).not.toContain('sw1.');
  },
  60_000,
);
