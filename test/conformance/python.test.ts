import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KEEP_ALIVE } from '../../src/sse/framing.ts';
import { chatStream } from '../../src/testing/index.ts';
import { STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { installPython, python } from '../helpers/python.ts';
import { rowsOf, startStreams, STREAMS, type Told } from './streams.ts';

const VERSION = '3.57.0';

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

let report: Report;
let reason: string | undefined;

// At the file, not within a `describe`: only so is a failure counted by the closing line.
beforeAll(async () => {
  const installed = await installPython('openai', VERSION, over.signal);
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
  report = JSON.parse(
    await python([script], { input, env: { PYTHONPATH: installed.folder }, signal: over.signal }),
  ) as Report;
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
