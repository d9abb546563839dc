import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { installPython, python } from '../helpers/python.ts';

const VERSION = '4.32.5';
/** Generated requests per operation, beside those of the examples and of the coverage phase, which are the same in every run. */
const EXAMPLES = 50;

const over = new AbortController();
const place = mkdtempSync(join(tmpdir(), 'spillway-schemathesis-'));
let folder = '';
let reason: string | undefined;

// At the file, not within a `describe`: only so is a failure counted by the closing line.
beforeAll(async () => {
  const installed = await installPython('schemathesis', VERSION, over.signal);
  if ('folder' in installed) folder = installed.folder;
  // The default reporter says nothing of a single skipped test.
  else console.warn((reason = installed.reason));
}, 240_000);

beforeEach(({ skip }) => {
  if (reason !== undefined) skip(reason);
});
afterAll(() => {
  over.abort();
  rmSync(place, { recursive: true, force: true });
});

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/**
 * The gateway's own description. In OpenAPI 3.1 the schema of an event stream is that of the whole body, a string; Schemathesis reads it as
 * the schema of each event, and is given that.
 */
async function descriptionOf(rig: Rig): Promise<Description> {
  const text = await (await fetch(`${rig.url}/openapi.json`)).text();
  const data = { type: 'string', pattern: String.raw`^(\{.*\}|\[DONE\])$` };
  const event = { type: 'object', required: ['data'], properties: { data } };
  return JSON.parse(text, (key, value: unknown) =>
    key === 'text/event-stream' ? { ...(value as object), schema: event } : value,
  ) as Description;
}

interface Outcome {
  readonly output: string;
  /** Undefined where all checks passed. */
  readonly failed: string | undefined;
}

/** Sends a gateway what Schemathesis makes of its description, wrong requests as well as right ones. */
async function runChecks(rig: Rig, description: Description, checks: readonly string[]): Promise<Outcome> {
  const file = join(place, `openapi-${new URL(rig.url).port}.json`);
  writeFileSync(file, JSON.stringify(description));
  const run = ['-m', 'schemathesis.cli', 'run', file, '--url', rig.url, '--checks', checks.join()];
  const bounds = ['--phases', 'examples,coverage,fuzzing', '--max-examples', String(EXAMPLES), '--seed', '1'];
  // With several workers its generators fail now and then, by their recursion.
  const rest = ['--workers', '1', '--generation-database', 'none', '--continue-on-failure', '--no-shrink'];
  const quiet = ['--warnings', 'off', '--no-color'];
  // It writes what it has seen to the folder that it runs in.
  const options = { env: { PYTHONPATH: folder }, cwd: place, timeout: 200_000, signal: over.signal };
  try {
    return { output: await python([...run, ...bounds, ...rest, ...quiet], options), failed: undefined };
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    return { output: stdout, failed: `${stdout}${stderr}` || message };
  }
}

const provider = responder({ content: 'Hello to you too.' });

const SHAPE = ['content_type_conformance', 'status_code_conformance', 'response_schema_conformance'];
const REFUSALS = [400, 404, 409, 422, 429, 500, 503];

describe(`Schemathesis ${VERSION}`, () => {
  test('finds every answer as the description says, and no failure of the gateway', async () => {
    await using rig = await startRig([provider]);
    const description = await descriptionOf(rig);
    const operations = Object.values(description.paths).flatMap((methods) => Object.keys(methods));
    const { output, failed } = await runChecks(rig, description, ['not_a_server_error', ...SHAPE]);
    expect(failed).toBeUndefined();
    expect(output).toContain(`Tested: ${operations.length}`);
    expect(rig.upstreams[0]?.hits.length).toBeGreaterThan(EXAMPLES);
  }, 240_000);

  test('finds every error as the description says where a provider refuses in every way', async () => {
    await using rig = await startRig([(_, n) => openaiError(REFUSALS[n % REFUSALS.length] ?? 500, 'no')]);
    const { failed } = await runChecks(rig, await descriptionOf(rig), SHAPE);
    expect(failed).toBeUndefined();
  }, 240_000);

  test('finds an answer that the description does not know', async () => {
    await using rig = await startRig([provider]);
    const { paths, ...rest } = await descriptionOf(rig);
    const answer = { description: '', content: { 'application/json': { schema: { type: 'array' } } } };
    const wrong = {
      ...rest,
      paths: { '/livez': { get: { ...paths['/livez']?.['get'], responses: { 200: answer } } } },
    };
    expect((await runChecks(rig, wrong, SHAPE)).failed).toContain('Response violates schema');
  }, 240_000);
});
