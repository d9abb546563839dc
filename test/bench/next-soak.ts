// npm run soak: packs the package, installs it with the example of Next.js in a folder of its own, builds that application, starts it, reads
// a stream through its route handler and disconnects from another one. Where the packages cannot be installed it prints `skipped: ...`.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '../../client/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DIRECTORY = mkdtempSync(join(tmpdir(), 'spillway-next-'));
const APP = join(DIRECTORY, 'app');
const STEP_MS = 300_000;
const ANSWER = /^The first provider was busy, so your request failed over to the second one/;
/** Next.js sends no data about its use. */
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
const run = promisify(execFile);
const npm = (cwd: string, ...args: readonly string[]) => run('npm', args, { cwd, env, timeout: STEP_MS });

/** Installs the application with the packed package. Returns why that is not possible, or undefined. */
async function install(): Promise<string | undefined> {
  cpSync(join(ROOT, 'examples', 'next-app'), APP, { recursive: true });
  const { stdout } = await npm(ROOT, 'pack', '--silent', '--pack-destination', DIRECTORY);
  const tarball = stdout.trim().split('\n').at(-1) ?? '';
  return npm(APP, 'install', '--no-audit', '--no-fund', join('..', tarball)).then(
    () => undefined,
    (error: { readonly message: string; readonly stderr?: string }) => error.stderr ?? error.message,
  );
}

/** What the application has answered. */
interface Answers {
  readonly text: string;
  /** The state of a run whose reader has disconnected in the middle of its answer. */
  readonly left: string;
}

const messages = [{ role: 'user', content: 'Hello' }] as const;

/** Reads one answer to its end, and another one to its first chunk. */
async function read(url: string): Promise<Answers> {
  const client = createClient({ url });
  let text = '';
  for await (const { choices } of client.chat.completions.stream({ messages })) text += choices[0]?.delta.content ?? '';
  const { id } = await client.runs.create({ messages, run: { disconnect: 'abort' } });
  for await (const { type } of client.runs.stream({ runId: id })) if (type === 'chunk') break;
  for (;;) {
    const { status } = await client.runs.get({ runId: id });
    if (status !== 'running') return { text, left: status };
    await wait(20);
  }
}

/** Starts the built application and calls it. */
async function call(): Promise<Answers> {
  const next = join(APP, 'node_modules', 'next', 'dist', 'bin', 'next');
  const child = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    cwd: APP,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    let url = '';
    for await (const line of createInterface(child.stdout)) {
      url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
      if (url !== '') break;
    }
    const page = await (await fetch(url)).text();
    if (!page.includes('<form')) throw new Error('The page has no form.');
    return await read(`${url}/api/llm`);
  } finally {
    child.kill();
    await exited;
  }
}

try {
  const missing = await install();
  if (missing === undefined) {
    await npm(APP, 'run', 'build');
    const { text, left } = await call();
    const good = ANSWER.test(text) && left === 'cancelled';
    console.log(`examples/next-app, built and started: answer "${text}"`);
    console.log(`  state of a run after its reader has disconnected: ${left}  ${good ? 'ok' : 'WRONG'}`);
    process.exitCode = good ? 0 : 1;
  } else console.log(`skipped: examples/next-app cannot be installed: ${missing.split('\n')[0]}`);
} finally {
  rmSync(DIRECTORY, { recursive: true, force: true });
}
