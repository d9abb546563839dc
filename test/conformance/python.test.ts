import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KEEP_ALIVE } from '../../src/sse/framing.ts';
import { chatStream } from '../../src/testing/index.ts';
import { STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { rowsOf, startStreams, STREAMS, type Told } from './streams.ts';

const VERSION = '3.57.0';
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');

interface Outcome extends Told {
  /** The name of the class that is raised. */
  readonly raised: string | null;
  readonly message: string | null;
}
interface Report {
  readonly sync: Readonly<Record<string, Outcome>>;
  readonly async: Readonly<Record<string, Outcome>>;
  readonly accumulated: Readonly<Record<string, Outcome>>;
  readonly direct: Outcome;
}

const over = new AbortController();
const execute = promisify(execFile);

/** What python prints; rejects with what it complains of. It ends with the tests at the latest. */
async function python(args: readonly string[], { input = '', timeout = 60_000, env = {} } = {}): Promise<string> {
  const running = execute('python3', args, {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    killSignal: 'SIGKILL',
    signal: over.signal,
    timeout,
  });
  // It may have ended without reading; its own complaint says more than the pipe's.
  running.child.stdin?.on('error', () => {}).end(input);
  return (await running).stdout;
}

/** The folder of the package, installed once beside those of npm; a reason where it cannot be. */
async function install(): Promise<{ readonly folder: string } | { readonly reason: string }> {
  const tag = await python(['-c', 'import sys; print(sys.implementation.cache_tag)']).catch(() => undefined);
  if (tag === undefined) return { reason: 'skipped: python3 not found' };
  // Some of it is compiled, for one Python.
  const folder = join(CACHE, `openai-python-${VERSION}-${tag.trim()}`);
  // A folder alone is not enough: whoever removes `node_modules` may have been stopped half-way.
  const whole = (): boolean => existsSync(join(folder, `openai-${VERSION}.dist-info`, 'RECORD'));
  if (whole()) return { folder };
  const pip = await python(['-m', 'pip', '--version']).catch(() => undefined);
  if (pip === undefined) return { reason: 'skipped: pip not found' };
  await mkdir(CACHE, { recursive: true });
  const half = await mkdtemp(`${folder}.`);
  try {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
    await python(['-m', 'pip', 'install', ...quiet, '--target', half, `openai==${VERSION}`], { timeout: 170_000 });
    // Another run may have been faster; either folder is as good.
    if (!whole()) await rm(folder, { recursive: true, force: true });
    await rename(half, folder).catch((error: unknown) => {
      if (!whole()) throw error;
    });
    return { folder };
  } catch (error) {
    const said =
      error instanceof Error && 'stderr' in error ? String(error.stderr).match(/^ERROR: .*/m)?.[0] : undefined;
    return { reason: `skipped: pip could not install openai ${VERSION}: ${said ?? String(error)}` };
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

let report: Report;
let reason: string | undefined;

// At the file, not within a `describe`: only so is a failure counted by the closing line.
beforeAll(async () => {
  const installed = await install();
  if ('reason' in installed) {
    // The default reporter tells of no single skipped test.
    console.warn((reason = installed.reason));
    return;
  }
  await using rig = await startStreams();
  const words = chatStream({ content: 'one two' }).chunks ?? [];
  // Past an id, this client takes the blank line after a comment for an event; so our comment has none.
  const chunks = words.flatMap((word) => [KEEP_ALIVE, 'id: 7\n', word]);
  await using vendor = await startRig([{ headers: STREAM, chunks }]);
  const cases = STREAMS.map(({ model, ask }) => ({ ...ask, model }));
  const input = JSON.stringify({ url: `${rig.url}/v1`, direct: vendor.upstreams[0]?.baseUrl, cases });
  const script = join(import.meta.dirname, 'python', 'streams.py');
  report = JSON.parse(await python([script], { input, env: { PYTHONPATH: installed.folder } })) as Report;
}, 240_000);

beforeEach(({ skip }) => {
  if (reason !== undefined) skip(reason);
});
afterAll(() => over.abort());

describe(`openai-python ${VERSION}`, () => {
  describe.each(['sync', 'async', 'accumulated'] as const)('%s', (kind) => {
    test.each(rowsOf(STREAMS))('(%s) %s such a stream', (_, __, { model, texts, calls, usage, raises }) => {
      const raised = raises ? 'APIError' : null;
      expect(report[kind][model]).toMatchObject({ texts, calls, usage, raised });
    });
  });

  test('reads over the comment by which we keep a silent stream alive', () => {
    expect(report.direct).toMatchObject({ texts: ['one two'], raised: null });
  });
});
