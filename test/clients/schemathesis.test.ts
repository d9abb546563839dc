import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { installPython, python } from '../helpers/python.ts';
import { type RequestSchemas, strictProvider } from './strict-provider.ts';

const VERSION = '4.32.5';
/** Generated requests per operation, where their number is fixed. */
const EXAMPLES = 50;
/** How long the whole API is tried. */
const SECONDS = 60;
const KEY = 'spillway-key-one-of-the-tests';

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
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: RequestSchemas[string] }>> };
}

/**
 * Members whose rules no schema states, because they depend on others: a run needs a stream, `validate` a schema for the answer, a position in a
 * run its events, a part of the list of models one of them, and a response to continue one that is stored.
 */
const DEPENDENT: ReadonlySet<unknown> = new Set([
  'validate',
  'lastEventId',
  'starting_after',
  'after_id',
  'before_id',
  'previous_response_id',
]);
const isIndependent = (parameter: unknown): boolean => {
  const { name, $ref } = parameter as { readonly name?: string; readonly $ref?: string };
  return !DEPENDENT.has(name) && $ref !== '#/components/parameters/Run';
};

type Schema = Description['components']['schemas'][string];

function withTokens({ properties, ...schema }: Schema): Schema {
  return { ...schema, properties: { ...properties, max_tokens: { type: 'integer', minimum: 1 } as object } };
}

/**
 * The gateway's own description. In OpenAPI 3.1 the schema of an event stream is that of the whole body, a string; Schemathesis reads it as
 * the schema of each event, and is given that.
 */
async function descriptionOf(rig: Rig): Promise<Description> {
  const text = await (await fetch(`${rig.url}/openapi.json`, { headers: { 'x-api-key': KEY } })).text();
  const data = { type: 'string', pattern: String.raw`^(\{.*\}|\[DONE\])$` };
  const event = { type: 'object', required: ['data'], properties: { data } };
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'parameters' && Array.isArray(value)) return value.filter(isIndependent);
    if (DEPENDENT.has(key)) return undefined;
    // No tokens at all are a request that only Anthropic's own models take.
    if (key === 'MessagesRequest') return withTokens(value as Schema);
    return key === 'text/event-stream' ? { ...(value as object), schema: event } : value;
  }) as Description;
}

interface Outcome {
  readonly output: string;
  /** Undefined where all checks passed. */
  readonly failed: string | undefined;
}

interface Run {
  readonly checks: readonly string[];
  /** How much is generated beside the examples and the coverage phase, which are the same in every run. */
  readonly amount: readonly string[];
}

/** Schemathesis omits a key and sends wrong ones only where it knows it from its configuration, and not as a header. */
const CONFIGURATION = `
[auth.openapi.authorization]
bearer = "${KEY}"

[checks.not_a_server_error]
# A deadline of a millisecond is a right request, and that no entry has answered by then a right answer.
expected-statuses = ["2xx", "3xx", "4xx", 504]

# A run is accepted before a provider has judged its parameters.
[[operations]]
include-path = "/v1/runs"
checks.negative_data_rejection.expected-statuses = [202, 400, 401, 403, 404, 405, 411, 413, 415]

# The description leaves open what lists of blocks, of items and of tools hold, and the translation for the provider needs to know it.
[[operations]]
include-path = "/v1/messages"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

[[operations]]
include-path = "/v1/messages/count_tokens"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

[[operations]]
include-path = "/v1/responses"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

# No entry of this gateway compacts.
[[operations]]
include-path = "/v1/responses/compact"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

# Nothing is kept by this gateway, its own key is of its configuration, and names of chains and keys must exist.
[[operations]]
include-path-regex = "^/v1/(keys|tenants)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

# A time ends later than it begins, a page lies before or behind one row, and one of four members says what is forgotten.
[[operations]]
include-path-regex = "^/v1/requests"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]

# The end of the days has to be later than their beginning, and not too far from it.
[[operations]]
include-path-regex = "^/v1/(usage|providers/health)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]
`;

/** Python's environment: the installed package, and the hooks of the folder `python`, whose bytecode stays out of the repository. */
const environment = (): Record<string, string> => ({
  PYTHONPATH: [folder, join(import.meta.dirname, 'python')].join(delimiter),
  PYTHONDONTWRITEBYTECODE: '1',
  SCHEMATHESIS_HOOKS: 'addresses',
});

/** Sends a gateway what Schemathesis makes of its description, wrong requests as well as right ones. */
async function runChecks(rig: Rig, description: Description, { checks, amount }: Run): Promise<Outcome> {
  const { port } = new URL(rig.url);
  const [file, configuration] = [join(place, `${port}.json`), join(place, `${port}.toml`)];
  writeFileSync(file, JSON.stringify(description));
  writeFileSync(configuration, CONFIGURATION);
  const run = ['-m', 'schemathesis.cli', '--config-file', configuration, 'run', file, '--url', rig.url];
  const bounds = ['--checks', checks.join(), ...amount, '--seed', '1'];
  // With several workers its generators fail now and then, by their recursion.
  const rest = ['--workers', '1', '--generation-database', 'none', '--continue-on-failure', '--no-shrink'];
  const quiet = ['--warnings', 'off', '--no-color'];
  // It writes what it has seen to the folder that it runs in.
  const options = { env: environment(), cwd: place, timeout: 200_000, signal: over.signal };
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

const KEYED: RigOptions = {
  config: { auth: { keys: [{ name: 'ci', key: KEY, role: 'admin' }] }, server: { trustProxy: true } },
};
const SHAPE = ['content_type_conformance', 'status_code_conformance', 'response_schema_conformance'];
const REFUSALS = [400, 404, 409, 422, 429, 500, 503];

describe(`Schemathesis ${VERSION}`, () => {
  test(`finds nothing wrong in ${SECONDS} seconds, by all of its checks`, async () => {
    let schemas: RequestSchemas = {};
    await using rig = await startRig([strictProvider(() => schemas)], KEYED);
    const description = await descriptionOf(rig);
    const { ChatCompletionRequest, CompletionRequest, EmbeddingsRequest } = description.components.schemas;
    schemas = {
      '/chat/completions': ChatCompletionRequest?.properties ?? {},
      '/completions': CompletionRequest?.properties ?? {},
      '/embeddings': EmbeddingsRequest?.properties ?? {},
    };
    const operations = Object.values(description.paths).flatMap((methods) => Object.keys(methods));
    const { output, failed } = await runChecks(rig, description, {
      checks: ['all'],
      amount: ['--max-time', `${SECONDS}`],
    });
    expect(failed).toBeUndefined();
    expect(output).toContain(`Tested: ${operations.length}`);
    // All parts of a request were right at times, and wrong at times.
    const statuses = new Set(rig.finished().map(({ status }) => status));
    for (const status of [200, 400, 401, 404, 405]) expect([...statuses]).toContain(status);
    expect(rig.upstreams[0]?.hits.length).toBeGreaterThan(EXAMPLES);
    expect(new Set(rig.finished().map(({ remoteAddress }) => remoteAddress)).size).toBeGreaterThan(EXAMPLES);
  }, 240_000);

  test('finds every error as the description says where a provider refuses in every way', async () => {
    await using rig = await startRig([(_, n) => openaiError(REFUSALS[n % REFUSALS.length] ?? 500, 'no')], KEYED);
    const amount = ['--phases', 'examples,coverage,fuzzing', '--max-examples', String(EXAMPLES)];
    const { failed } = await runChecks(rig, await descriptionOf(rig), { checks: SHAPE, amount });
    expect(failed).toBeUndefined();
  }, 240_000);

  test('finds an answer and a request that the description does not know', async () => {
    await using rig = await startRig([responder({ content: 'x' })], KEYED);
    const { paths, ...rest } = await descriptionOf(rig);
    const answer = { description: '', content: { 'application/json': { schema: { type: 'array' } } } };
    const wrong = {
      ...rest,
      paths: {
        '/livez': { get: { ...paths['/livez']?.['get'], responses: { 200: answer } } },
        '/v1/chat/completions': paths['/v1/chat/completions'] ?? {},
      },
    };
    const { failed } = await runChecks(rig, wrong, { checks: ['all'], amount: ['--max-examples', String(EXAMPLES)] });
    expect(failed).toContain('Response violates schema');
    // This provider takes members of any type.
    expect(failed).toContain('Schema-violating request accepted');
  }, 240_000);
});
