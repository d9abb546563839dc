import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KEEP_ALIVE } from '../../src/sse/framing.ts';
import { chatStream } from '../../src/testing/index.ts';
import { STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { installPython, python } from '../helpers/python.ts';
import { type ReadAnswer, rowsOf, startStreams, STREAMS } from './streams.ts';

const VERSION = '3.57.0';

interface Outcome extends ReadAnswer {
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

// At the top level and not within a `describe`: otherwise the closing line does not count a failure.
beforeAll(async () => {
  const installed = await installPython('openai', VERSION, over.signal);
  if ('reason' in installed) {
    // The default reporter does not list single skipped tests.
    console.warn((reason = installed.reason));
    return;
  }
  await using rig = await startStreams();
  const words = chatStream({ content: 'one two' }).chunks ?? [];
  // After an id, this client takes the blank line behind a comment for an event; so the gateway's comment has none.
  const chunks = words.flatMap((word) => [KEEP_ALIVE, 'id: 7\n', word]);
  await using provider = await startRig([{ headers: STREAM, chunks }]);
  const cases = STREAMS.map(({ model, fields }) => ({ ...fields, model }));
  const input = JSON.stringify({ url: `${rig.url}/v1`, direct: provider.upstreams[0]?.baseUrl, cases });
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

  test('skips the comment that keeps a silent stream alive', () => {
    expect(report.direct).toMatchObject({ texts: ['one two'], raised: null });
  });
});
