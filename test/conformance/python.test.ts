import { spawn, spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { chatStream } from '../../src/testing/index.ts';
import { STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { CLIENT_CASES, startCases } from './every-case.ts';

const VERSION = '3.57.0';
const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', `openai-python-${VERSION}`);
const INSTALL_MS = 240_000;

/** Why these tests cannot run here; undefined when they can. Installs the package once, beside those of npm. */
function missing(): string | undefined {
  if (existsSync(folder)) return undefined;
  if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) return 'skipped: pip not found';
  const half = `${folder}.${process.pid}`;
  const { status } = spawnSync(
    'python3',
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', half, `openai==${VERSION}`],
    { timeout: INSTALL_MS },
  );
  if (status === 0 && !existsSync(folder)) renameSync(half, folder);
  rmSync(half, { recursive: true, force: true });
  return status === 0 ? undefined : `skipped: pip could not install openai ${VERSION}`;
}

interface Told {
  readonly text: string;
  readonly raised: string | null;
  readonly message: string;
}
interface Report {
  readonly sync: Readonly<Record<string, Told>>;
  readonly async: Readonly<Record<string, Told>>;
  readonly direct: Told;
}

async function read(input: object): Promise<Report> {
  const script = join(import.meta.dirname, 'python', 'streams.py');
  const child = spawn('python3', [script], {
    env: { ...process.env, PYTHONPATH: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(input));
  return JSON.parse(await text(child.stdout)) as Report;
}

const reason = missing();

describe.skipIf(reason !== undefined)(`openai-python ${reason ?? VERSION}`, () => {
  let report: Report;
  beforeAll(async () => {
    await using rig = await startCases();
    const words = chatStream({ content: 'one two' }).chunks ?? [];
    // As our own pump keeps a silent stream alive: a line between events, with no blank line after it.
    const chunks = words.flatMap((word) => [': keep-alive\n', word]);
    await using vendor = await startRig([{ headers: STREAM, chunks }]);
    const models = CLIENT_CASES.map(({ model }) => model);
    report = await read({ url: `${rig.url}/v1`, direct: vendor.upstreams[0]?.baseUrl, models });
  }, 60_000);

  describe.each(['sync', 'async'] as const)('%s', (kind) => {
    test.each(CLIENT_CASES.map((each) => [each.name, each.raises ? 'raises at' : 'reads all of', each] as const))(
      '(%s) %s such a stream',
      (_, __, { model, text: wanted, raises }) => {
        const told = report[kind][model];
        expect(told).toMatchObject({ text: wanted, raised: raises ? 'APIError' : null });
      },
    );
  });

  test('reads over a comment between events', () => {
    expect(report.direct).toMatchObject({ text: 'one two', raised: null });
  });
});
