import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ERRORS } from '../../src/domain/errors.ts';
import { ANSWERS, REQUESTS } from '../../src/rest/openapi/answers.ts';
import { openApiDocument } from '../../src/rest/openapi/document.ts';
import { routesOf } from '../../src/rest/routes.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { definitionsOf } from '../../src/router/definitions.ts';
import { openaiError, responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object; readonly example: unknown }> };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly example: unknown }>; readonly headers?: Record<string, object> }
  >;
}

const document = openApiDocument(appRouter) as {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
};
const responses = document.components['responses'] as Record<
  string,
  { readonly description: string; readonly headers: Record<string, unknown> }
>;
const headersOf = (name: string): string[] => Object.keys(responses[name]?.headers ?? {});
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ place: `${method.toUpperCase()} ${path}`, operation })),
);

test('is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect([document.openapi, validator.version]).toEqual(['3.1.0', '3.1']);
});

test('describes every route of the facade and nothing else', () => {
  const routes = routesOf(appRouter).map(
    ({ method, prefix, path }) => `${method} ${prefix === 'v1' ? '/v1' : ''}${path.replace('{+', '{')}`,
  );
  // The methods of one path stand together.
  expect(operations.map(({ place }) => place).toSorted()).toEqual(routes.toSorted());
});

test('has every component that it refers to, and refers to every component that it has', () => {
  const text = JSON.stringify(document);
  const wanted = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)].map(
    ([, kind, name]) => `${kind}/${name}`,
  );
  const named = Object.entries(document.components).flatMap(([kind, all]) =>
    Object.keys(all).map((name) => `${kind}/${name}`),
  );
  expect(wanted.filter((ref) => !named.includes(ref))).toEqual([]);
  expect(named.filter((ref) => !ref.startsWith('securitySchemes/') && !wanted.includes(ref))).toEqual([]);
  expect(text).not.toContain('"$id"');
  expect(text).not.toContain('"$schema"');
});

test('has every status and code with which each route refuses, and where a key is needed', async () => {
  await using rig = await startRig([openaiError(500, 'no')], {
    bodyLimit: 1000,
    config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } },
  });
  const key = { authorization: 'Bearer spillway-key-one', 'content-type': 'application/json' };
  const seen = new Set<number>();
  for (const { place, operation } of operations) {
    const [method = '', path = ''] = place
      .replace('{model}', 'none')
      .replace('{runId}', `run_${'0'.repeat(32)}`)
      .split(' ');
    const shape = path.startsWith('/v1/messages') ? 'MessagesError' : 'Error';
    const body = (content: unknown): RequestInit => (method === 'POST' ? { body: JSON.stringify(content) } : {});
    const requests: RequestInit[] = [
      { ...body(HELLO) },
      { headers: key, ...body({}) },
      { headers: { ...key, 'x-spillway-nothing': '1' }, ...body(HELLO) },
      { headers: key, ...body({ ...HELLO, input: 'x', model: 'none' }) },
      { headers: key, ...body({ ...HELLO, input: 'x' }) },
      { headers: key, ...body({ pad: 'x'.repeat(2000) }) },
      { headers: { ...key, 'content-type': 'text/plain' }, ...body(HELLO) },
      { headers: { ...key, 'x-spillway-deadline': '1' }, ...body({ ...HELLO, input: 'x' }) },
    ];
    for (const init of requests) {
      const response = await fetch(rig.url + path, { method, ...init });
      const text = await response.text();
      if (response.ok) continue;
      ANSWERS[shape].schema.parse(JSON.parse(text));
      seen.add(response.status);
      const { description = '', headers = {} } = responses[`${shape}${response.status}`] ?? {};
      expect([place, Object.keys(operation.responses)]).toEqual([
        place,
        expect.arrayContaining([String(response.status)]),
      ]);
      expect(description).toContain(`\`${(JSON.parse(text) as { error: { code: string } }).error.code}\``);
      const own = [...response.headers.keys()].filter((name) =>
        /^x-|^(www-authenticate|retry-after|allow)$/.test(name),
      );
      expect([place, response.status, Object.keys(headers)]).toEqual([
        place,
        response.status,
        expect.arrayContaining(own),
      ]);
    }
    const open = /\/(livez|readyz|)$/.test(place);
    expect([place, operation.security, '401' in operation.responses]).toEqual([place, open ? [] : undefined, !open]);
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual([400, 401, 403, 404, 413, 415, 503, 504]);
});

/** The codes of the responses with one shape of errors, each behind its status. */
const codesIn = (shape: string): string[] =>
  Object.entries(responses)
    .filter(([name]) => name.startsWith(shape))
    .flatMap(([name, { description }]) =>
      [...description.matchAll(/`(\w+)`/g)].map(([, code]) => `${name.slice(shape.length)} ${code}`),
    );

test('has every code that a reply may have, under its status, and no other', () => {
  // In streams and records only.
  const never = ['client_closed', 'upstream_failed', 'upstream_truncated', 'upstream_timeout'];
  const codes = Object.entries(ERRORS).filter(([code]) => !never.includes(code));
  const all = codes.map(([code, { status }]) => `${status} ${code}`);
  expect(codesIn('Error').toSorted()).toEqual(all.toSorted());
  const ofMessages = codesIn('MessagesError');
  expect(ofMessages).toEqual(
    expect.arrayContaining(['400 invalid_request', '429 too_many_failures', '504 deadline_exceeded']),
  );
  expect(
    ofMessages.filter((code) => !all.includes(code) || /run|subscription|valid_answer|not_ready/.test(code)),
  ).toEqual([]);
});

test('has on every operation what any request may meet: a wrong form or method, a slow client, a defect, a shutdown', () => {
  for (const { place, operation } of operations)
    expect([place, Object.keys(operation.responses)]).toEqual([
      place,
      expect.arrayContaining([
        place === 'POST /v1/runs' ? '202' : '200',
        '400',
        '403',
        '405',
        '408',
        '417',
        '431',
        '500',
        '503',
        '508',
      ]),
    ]);
  const withBody = operations.filter(({ operation }) => operation.requestBody !== undefined);
  expect(withBody.length).toBeGreaterThan(2);
  for (const { operation } of operations)
    expect('415' in operation.responses).toBe(operation.requestBody !== undefined);
});

test('says of headers which are on every answer, which methods a 405 allows, and when to send a request again', () => {
  expect(document.components['headers']).toMatchObject({ 'x-request-id': { required: true } });
  for (const name of Object.keys(responses))
    expect([name, headersOf(name)]).toEqual([name, expect.arrayContaining(['x-request-id'])]);
  expect(headersOf('Error405')).toEqual(['x-request-id', 'x-spillway-request-id', 'allow']);
  expect(headersOf('Error503')).toEqual(['x-request-id', 'x-spillway-request-id', 'retry-after', 'x-should-retry']);
  expect(headersOf('Error401')).toEqual(['x-request-id', 'x-spillway-request-id', 'www-authenticate']);
});

test('has the stream of a chat', () => {
  const content = document.paths['/v1/chat/completions']?.['post']?.responses['200']?.content ?? {};
  expect(Object.keys(content)).toEqual(['application/json', 'text/event-stream']);
  expect(content['text/event-stream']?.example).toMatch(/^data: \{.*\}\n\ndata: \[DONE\]\n\n$/);
  expect(document.components['schemas']).toMatchObject({
    ChatCompletionRequest: {
      required: ['messages'],
      properties: { stream: { type: ['boolean', 'null'] }, temperature: { type: ['number', 'null'] } },
      additionalProperties: {},
    },
  });
});

test.each([
  ['messages', 'MessageStreamEvent', 'content_block_delta'],
  ['responses', 'ResponseStreamEvent', 'response.output_text.delta'],
])('has the named events of the stream of %s', (path, schema, type) => {
  const content = document.paths[`/v1/${path}`]?.['post']?.responses['200']?.content ?? {};
  expect(content['text/event-stream']).toMatchObject({
    schema: { contentSchema: { $ref: `#/components/schemas/${schema}` } },
    example: expect.stringMatching(new RegExp(`^event: ${type}\\ndata: \\{"type":"${type}",.*\\}\\n\\n$`)),
  });
});

test('has Anthropic’s shape of errors, and the header of its SDKs, on the paths of Messages only', () => {
  for (const { place, operation } of operations) {
    const text = JSON.stringify(operation.responses);
    const isMessages = place.includes('/v1/messages');
    expect([place, text.includes('/responses/MessagesError400'), text.includes('/headers/request-id')]).toEqual([
      place,
      isMessages,
      isMessages,
    ]);
    expect([place, text.includes('/responses/Error400')]).toEqual([place, !isMessages]);
  }
  expect(headersOf('MessagesError401')).toEqual([
    'x-request-id',
    'x-spillway-request-id',
    'request-id',
    'www-authenticate',
  ]);
  expect(document.components['responses']).toMatchObject({
    MessagesError400: { content: { 'application/json': { schema: { $ref: '#/components/schemas/MessagesError' } } } },
  });
});

test('has the option of runs on streams of chat completions only', () => {
  const withRun = operations.filter(({ operation }) => JSON.stringify(operation).includes('/parameters/Run'));
  expect(withRun.map(({ place }) => place)).toEqual(['POST /v1/chat/completions']);
});

/** Members of inputs that the path has, and the body does not. */
const OF_PATH: Readonly<Record<string, object>> = {
  KeyUpdateRequest: { id: 'key_1' },
  KeyRotateRequest: { id: 'key_1' },
  KeyRevokeRequest: { id: 'key_1' },
  TenantUpdateRequest: { name: 'acme' },
};

describe('every example', () => {
  test.each(Object.entries<{ schema: z.ZodType; example: unknown }>(ANSWERS))(
    'of %s is accepted by its schema',
    (_, { schema, example }) => {
      expect(schema.parse(example)).toEqual(example);
    },
  );

  test('of a request is accepted by its procedure', () => {
    const inputs = [...definitionsOf(appRouter).values()].flatMap(({ input }) => input ?? []);
    for (const [id, example] of Object.entries(REQUESTS)) {
      const schema = inputs.find((input) => input.meta()?.id === id);
      const request = { ...OF_PATH[id], ...Object(example) };
      expect([id, schema?.safeParse(request).error]).toEqual([id, undefined]);
    }
  });
});

test('has every header of the gateway’s own on an answer', async () => {
  await using rig = await startRig([responder({ content: 'x' })]);
  const described = document.paths['/v1/chat/completions']?.['post']?.responses['200']?.headers ?? {};
  for (const stream of [false, true]) {
    const { headers } = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream });
    const own = [...headers.keys()].filter((name) => name.startsWith('x-'));
    expect(own.length).toBeGreaterThanOrEqual(5);
    expect(Object.keys(described)).toEqual(expect.arrayContaining(own));
  }
});

test('the schemas accept the answers of a gateway', async () => {
  await using rig = await startRig([responder({ content: 'Hello to you too.' })]);
  const get = async (path: string): Promise<unknown> => (await fetch(rig.url + path)).json();
  const send = (path: string, body: unknown): Promise<Response> => post(fetch, rig.url + path, body);
  ANSWERS.ChatCompletion.schema.parse(await (await send('/v1/chat/completions', HELLO)).json());
  ANSWERS.Embeddings.schema.parse(await (await send('/v1/embeddings', { input: ['a'] })).json());
  ANSWERS.Error.schema.parse(await (await send('/v1/chat/completions', { ...HELLO, model: 'x' })).json());
  ANSWERS.ModelList.schema.parse(await get('/v1/models'));
  ANSWERS.Model.schema.parse(await get('/v1/models/a/model-a'));
  ANSWERS.ChainList.schema.parse(await get('/v1/chains'));
  ANSWERS.Health.schema.parse(await get('/livez'));
  const events = (await (await send('/v1/chat/completions', { ...HELLO, stream: true })).text()).split('\n\n');
  for (const event of events.slice(0, -2)) {
    ANSWERS.ChatCompletionChunk.schema.parse(JSON.parse(event.slice('data: '.length)));
  }
});

test('the schema of a chunk accepts a tool call in pieces', () => {
  const piece = { index: 0, function: { arguments: '{"a":' } };
  const chunk = { ...ANSWERS.ChatCompletionChunk.example, choices: [{ index: 0, delta: { tool_calls: [piece] } }] };
  expect(ANSWERS.ChatCompletionChunk.schema.parse(chunk)).toEqual(chunk);
});

test('is served to every client with a key, over HTTP and in process', async () => {
  await using rig = await startRig([responder({ content: 'x' })], {
    config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } },
  });
  expect((await fetch(`${rig.url}/openapi.json`)).status).toBe(401);
  const headers = { authorization: 'Bearer spillway-key-one' };
  const served = await fetch(`${rig.url}/openapi.json`, { headers });
  expect([served.status, served.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(await served.json()).toEqual(JSON.parse(JSON.stringify(document)));
  expect(await (await rig.gateway.fetch('http://spillway/openapi.json')).json()).toEqual(
    JSON.parse(JSON.stringify(document)),
  );
  const wrong = await post(fetch, `${rig.url}/openapi.json`, {}, { headers });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(rig.finished().map(({ operation, code }) => `${operation} ${code}`)).toEqual([
    'openapi invalid_api_key',
    'openapi ok',
    'openapi ok',
    ' method_not_allowed',
  ]);
});
