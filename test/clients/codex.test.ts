import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRecord, memberOf } from '../../src/lib/record.ts';
import { fieldsOf, openaiError } from '../../src/testing/index.ts';
import type { Rig } from '../helpers/gateway.ts';
import { installPackage } from '../helpers/npm.ts';
import { folderOf, type Ran, runProgram } from '../helpers/program.ts';
import type { Api, SaidCall } from '../helpers/vendors/said.ts';
import { saying, startVendor, startVendors } from '../helpers/vendors/vendor.ts';

const VERSION = '0.171.0';
const PATCH = '*** Begin Patch\n*** Update File: greeting.txt\n@@\n-hello\n+goodbye\n*** End Patch\n';
/** Of the reasoning. */
const SIGNATURE = 'c2lnbmVk';
const SHELL = 'echo goodbye > greeting.txt';
const SCRIPT = `await tools.exec_command({ cmd: '${SHELL}' });`;
/** Codex offers other tools to each of these models. It does not know the first. */
const MODELS = { unknown: 'default', patches: 'gpt-5.5', scripts: 'gpt-6-astra' } as const;

const over = new AbortController();
let program: string;
let reason: string | undefined;

beforeAll(async () => {
  const installed = await installPackage('@openai/codex', VERSION, over.signal);
  if ('reason' in installed) {
    // The default reporter does not list single skipped tests.
    console.warn((reason = installed.reason));
    return;
  }
  program = join(installed.folder, 'bin', 'codex.js');
}, 180_000);

beforeEach(({ skip }) => {
  if (reason !== undefined) skip(reason);
});
afterAll(() => over.abort());

/** Settings of Codex that a test changes. */
interface Settings {
  readonly model: string;
  /** Times that it sends a request again when its stream fails. */
  readonly retries?: number;
  /** Tokens from which it has the conversation summarised. */
  readonly compactAt?: number;
}

const configOf = ({ url }: Rig, { model, retries = 0, compactAt = 1_000_000 }: Settings): string => `
model_auto_compact_token_limit = ${compactAt}
model = "${model}"
model_provider = "spillway"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[model_providers.spillway]
name = "Spillway"
base_url = "${url}/v1"
env_key = "SPILLWAY_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = ${retries}
`;

interface Session extends Ran {
  /** What the file in its folder says afterwards. */
  readonly greeting: string;
  /** Its own events. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

async function codex(rig: Rig, settings: Settings): Promise<Session> {
  await using folder = await folderOf({
    'home/config.toml': configOf(rig, settings),
    'work/greeting.txt': 'hello\n',
  });
  const [home, work] = [join(folder.path, 'home'), join(folder.path, 'work')];
  const ran = await runProgram({
    args: [program, 'exec', '--json', '--skip-git-repo-check', 'Let greeting.txt say goodbye.'],
    cwd: work,
    env: { HOME: home, CODEX_HOME: home, SPILLWAY_API_KEY: 'key-of-codex' },
    timeout: 40_000,
    signal: over.signal,
  });
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('{'));
  return {
    ...ran,
    greeting: await readFile(join(work, 'greeting.txt'), 'utf8'),
    events: lines.map((line) => JSON.parse(line) as unknown).filter(isRecord),
  };
}

/** The last message or item that the upstream is sent. */
function lastSent(api: Api, rig: Rig, n: number): string {
  const hit = rig.upstreams[0]?.hits[n];
  if (hit === undefined) throw new Error(`The upstream has not received request ${n}.`);
  const fields = fieldsOf(hit);
  const items = fields[api === 'responses' ? 'input' : 'messages'];
  const last: unknown = Array.isArray(items) ? items.at(-1) : undefined;
  return JSON.stringify(last);
}

interface Tool {
  readonly model: string;
  /** The call as the model makes it over the provider's API. */
  readonly call: (api: Api) => SaidCall;
  readonly result: RegExp;
}

const id = 'call_greeting';
const TOOLS = {
  'a shell command': {
    model: MODELS.unknown,
    call: () => ({ id, name: 'exec_command', input: { cmd: SHELL } }),
    result: /Process exited with code 0/,
  },
  'a tool that takes text': {
    model: MODELS.patches,
    call: (api) => ({ id, name: 'apply_patch', input: api === 'responses' ? PATCH : { input: PATCH } }),
    result: /Success/,
  },
  'a tool of a namespace that takes text': {
    model: MODELS.scripts,
    call: (api) =>
      api === 'responses'
        ? { id, name: 'exec', namespace: 'functions', input: SCRIPT }
        : { id, name: 'functions__exec', input: { input: SCRIPT } },
    result: /Script completed/,
  },
} satisfies Readonly<Record<string, Tool>>;

describe.each(['responses', 'chat', 'messages'] as const)(`Codex ${VERSION} over a provider of %s`, (api) => {
  test.each(Object.entries(TOOLS))(
    'edits a file with %s',
    async (_, { model, call, result }) => {
      const calls = [call(api)];
      await using rig = await startVendor(
        api,
        [
          { reasoning: { text: 'I look at the file.', signature: SIGNATURE }, text: 'I edit it.', calls },
          { text: 'The file says goodbye.' },
        ],
        { model },
      );
      const session = await codex(rig, { model });
      expect(session).toMatchObject({ status: 0, greeting: 'goodbye\n' });
      expect(session.events.at(-1)).toMatchObject({
        type: 'turn.completed',
        usage: { input_tokens: 60, output_tokens: 24 },
      });
      expect(session.stdout).toContain('The file says goodbye.');
      expect(rig.upstreams[0]?.hits).toHaveLength(2);
      expect(lastSent(api, rig, 1)).toMatch(result);
      // The reasoning comes back to its vendor. A chat provider has signed none.
      expect(rig.upstreams[0]?.hits[1]?.body.includes(`"${SIGNATURE}"`)).toBe(api !== 'chat');
      expect(rig.codes()).toEqual(['ok', 'ok']);
    },
    60_000,
  );

  test.each([
    ['before its first token', openaiError(500, 'out of order')],
    ['that is rejected', openaiError(400, 'out of order')],
    ['that fails after its first token', saying(api, { text: 'I edit it now.' }, 'error')],
    ['that is cut off', saying(api, { text: 'I edit it now.' }, 'cut')],
  ])(
    'fails with a turn %s',
    async (_, reply) => {
      await using rig = await startVendor(api, [reply], { model: MODELS.patches });
      const session = await codex(rig, { model: MODELS.patches });
      expect(session).toMatchObject({ status: 1, greeting: 'hello\n' });
      expect(memberOf(session.events.at(-1), 'type')).toBe('turn.failed');
    },
    60_000,
  );

  test('sends a turn again whose stream is cut off', async () => {
    const cut = saying(api, { text: 'I edit it now.' }, 'cut');
    await using rig = await startVendor(api, [cut, { text: 'It is done.' }], { model: MODELS.patches });
    const session = await codex(rig, { model: MODELS.patches, retries: 1 });
    expect(session.status).toBe(0);
    expect(session.stdout).toContain('It is done.');
    expect(rig.codes()).toEqual(['ok', 'upstream_truncated']);
  }, 60_000);

  test('has a long conversation summarised by a request like any other', async () => {
    const { model, call }: Tool = TOOLS['a shell command'];
    const turns = [{ calls: [call(api)] }, { text: 'The file was edited.' }, { text: 'It is done.' }];
    await using rig = await startVendor(api, turns, { model });
    const session = await codex(rig, { model, compactAt: 20 });
    expect(session).toMatchObject({ status: 0, greeting: 'goodbye\n' });
    expect(session.stdout).toContain('It is done.');
    const { hits = [] } = rig.upstreams[0] ?? {};
    expect(hits.map(({ body }) => body.includes(id))).toEqual([false, true, false]);
    expect(lastSent(api, rig, 2)).toContain('The file was edited.');
    expect(rig.codes()).toEqual(['ok', 'ok', 'ok']);
  }, 60_000);
});

const TURNS = [
  ['responses', 'chat'],
  ['responses', 'messages'],
  ['messages', 'responses'],
  ['chat', 'messages'],
] as const;

test.each(TURNS)(
  `Codex ${VERSION} goes on where a provider of %s fails within a conversation and one of %s follows`,
  async (first, second) => {
    const { model, call }: Tool = TOOLS['a tool that takes text'];
    const reasoning = { text: 'I look at the file.', signature: SIGNATURE };
    const turn = { reasoning, text: 'I edit it.', calls: [call(first)] };
    const vendors = [
      [first, [turn, openaiError(503, 'out of order')]],
      [second, [{ text: 'The file says goodbye.' }]],
    ] as const;
    await using rig = await startVendors(vendors, { model });
    const session = await codex(rig, { model });
    expect(session).toMatchObject({ status: 0, greeting: 'goodbye\n' });
    expect(session.stdout).toContain('The file says goodbye.');
    const [sent = '', ...others] = (rig.upstreams[1]?.hits ?? []).map(({ body }) => body.toString('utf8'));
    expect(others).toEqual([]);
    expect(sent).toContain('Success');
    // Providers refuse reasoning that another one has signed.
    expect(sent).not.toContain(SIGNATURE);
    expect(sent).not.toContain('sw1.');
  },
  60_000,
);
