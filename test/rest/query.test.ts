import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGuesses } from '../../src/auth/guesses.ts';
import { createBrowsers } from '../../src/door/browsers.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createHandle, type Handle } from '../../src/rest/handle.ts';
import { openApiDocument } from '../../src/rest/openapi/document.ts';
import { type AppRouter, appRouter } from '../../src/router/app-router.ts';
import type { CallContext, Meta } from '../../src/router/context.ts';
import { procedure, router } from '../../src/router/procedure.ts';
import { exchange } from '../helpers/exchange.ts';
import { openTestScope } from '../helpers/scope.ts';

type Rest = NonNullable<Meta['rest']>;
const rest = (method: Rest['method'], path: string): Meta => ({
  access: 'viewer',
  summary: '',
  rest: { method, path, prefix: 'v1', answers: 'Health' },
});
const filter = z.object({
  search: z.string().optional(),
  limit: z.int().min(1).default(20).meta({ description: 'The most rows.' }),
  ratio: z.number().nullish(),
  enabled: z.boolean().optional(),
  by: z.array(z.enum(['key', 'model'])).optional(),
  counts: z.array(z.int()).readonly().optional(),
  names: z.array(z.string()).optional(),
  from: z.string().transform(Number).optional(),
  stream: z.literal(true).optional(),
  whole: z.literal([false, 'no']).nullish(),
});

/** Procedures whose results are their inputs. */
const echo = router({
  list: procedure
    .meta(rest('GET', '/rows'))
    .input(filter)
    .query(({ input }) => ({ got: input })),
  retrieve: procedure
    .meta(rest('GET', '/rows/{id}'))
    .input(z.object({ id: z.string(), fields: z.string().optional() }))
    .query(({ input }) => ({ got: input })),
  remove: procedure
    .meta(rest('DELETE', '/rows/{id}'))
    .input(z.object({ id: z.string(), version: z.int() }))
    .mutation(({ input }) => ({ got: input })),
  rotate: procedure
    .meta(rest('POST', '/rows/{id}/rotate'))
    .input(z.object({ id: z.string(), overlap: z.string().optional() }))
    .mutation(({ input }) => ({ got: input })),
  free: procedure
    .meta(rest('GET', '/anything'))
    .input(z.record(z.string(), z.string()))
    .query(({ input }) => ({ got: input })),
  open: procedure
    .meta({ ...rest('GET', '/open/{id}'), access: 'caller' })
    .input(z.strictObject({ id: z.string(), after: z.string().optional() }))
    .query(({ input }) => ({ got: input })),
  strict: procedure
    .meta({ access: 'caller', summary: '', rest: { ...rest('GET', '/strict').rest!, strictQuery: true } })
    .input(z.strictObject({ after: z.string().optional() }))
    .query(({ input }) => ({ got: input })),
  plain: procedure.meta(rest('GET', '/plain')).query(() => ({ got: 'nothing' })),
}) as unknown as AppRouter;

const handle: Handle = createHandle(echo, {
  name: 'spillway-test',
  openScope: (_, abort) => openTestScope({ abort }),
  callContext: (scope) => ({ scope }) as CallContext,
  emit: () => undefined,
  identified: () => undefined,
  traced: false,
  guesses: createGuesses({ clock: systemClock, emit: () => undefined }),
  browsers: createBrowsers({ publicUrl: undefined, session: undefined, onUse: () => undefined }),
  jsonLimits: serverSettings({}).jsonLimits,
  places: { take: () => new DisposableStack() },
});

async function call(line: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const [method = '', url = ''] = line.split(' ');
  const reply = await handle({
    method,
    url,
    headers,
    abort: openAbortScope(),
    body(_signal, onPiece) {
      const bytes = Buffer.from(body);
      onPiece(bytes);
      return Promise.resolve(bytes);
    },
  });
  if (reply.kind !== 'bytes') throw new Error('No procedure of this router streams.');
  return { status: reply.status, body: JSON.parse(reply.body.toString()) as unknown };
}

test.each([
  ['GET /v1/rows', { limit: 20 }],
  ['GET /v1/rows?', { limit: 20 }],
  ['GET /v1/rows?&&limit=5&', { limit: 5 }],
  ['GET /v1/rows?search=a%26b+c%2Bd%3D%C3%A9=', { limit: 20, search: 'a&b c+d=é=' }],
  ['GET /v1/rows?search', { limit: 20, search: '' }],
  ['GET /v1/rows?search=5', { limit: 20, search: '5' }],
  ['GET /v1/rows?ratio=-0.5&enabled=true', { limit: 20, ratio: -0.5, enabled: true }],
  ['GET /v1/rows?enabled=false', { limit: 20, enabled: false }],
  ['GET /v1/rows?by=key', { limit: 20, by: ['key'] }],
  ['GET /v1/rows?by=key&limit=1&by=model', { limit: 1, by: ['key', 'model'] }],
  ['GET /v1/rows?by=key,model', { limit: 20, by: ['key', 'model'] }],
  ['GET /v1/rows?by=key%2Cmodel&by=key', { limit: 20, by: ['key', 'model', 'key'] }],
  ['GET /v1/rows?names=a,b&names=c', { limit: 20, names: ['a,b', 'c'] }],
  ['GET /v1/rows?counts=1&counts=2', { limit: 20, counts: [1, 2] }],
  ['GET /v1/rows?counts=1,2,3', { limit: 20, counts: [1, 2, 3] }],
  ['GET /v1/rows?from=17', { limit: 20, from: 17 }],
  ['GET /v1/rows?stream=true', { limit: 20, stream: true }],
  ['GET /v1/rows?whole=false', { limit: 20, whole: false }],
  ['GET /v1/rows?whole=no', { limit: 20, whole: 'no' }],
  ['HEAD /v1/rows?limit=2', { limit: 2 }],
  ['GET /v1/rows/a%2Fb?fields=x', { id: 'a/b', fields: 'x' }],
  ['DELETE /v1/rows/one?version=3', { id: 'one', version: 3 }],
  ['GET /v1/anything?a=1&b=two', { a: '1', b: 'two' }],
  ['GET /v1/open/one?client_version=0.99&limit=1000&limit=5&api-version=2024-10-21', { id: 'one' }],
  ['GET /v1/open/one?id=two&id=three&toString=1&__proto__=2&%ff=1&x=%zz&after=a', { id: 'one', after: 'a' }],
  ['GET /v1/plain?whatever=1&whatever=%zz', 'nothing'],
])('%s reads the query into the input', async (line, got) => {
  expect(await call(line)).toEqual({ status: 200, body: { got } });
});

test.each([
  ['GET /v1/rows?page=2', 'page', /Unknown query parameter 'page'; the parameters are search, limit,/],
  ['GET /v1/rows?__proto__=2', '__proto__', /Unknown query parameter '__proto__'/],
  ['GET /v1/rows?toString=2', 'toString', /Unknown query parameter 'toString'/],
  ['GET /v1/rows/one?id=two', 'id', /Unknown query parameter 'id'; the parameters are fields\./],
  ['DELETE /v1/rows/one?version=1&force=1', 'force', /Unknown query parameter 'force'; the parameters are version\./],
  ['GET /v1/rows?limit=1&limit=2', 'limit', /'limit' occurs twice/],
  ['GET /v1/rows?limit=many', 'limit', /limit/],
  ['GET /v1/rows?limit=', 'limit', /limit/],
  ['GET /v1/rows?limit=0', 'limit', /limit/],
  ['GET /v1/rows?enabled=yes', 'enabled', /enabled/],
  ['GET /v1/rows?by=tenant', 'by.0', /by/],
  ['GET /v1/rows?by=key,', 'by.1', /by/],
  ['GET /v1/rows?by=', 'by.0', /by/],
  ['GET /v1/rows?counts=1,x', 'counts.1', /counts/],
  ['GET /v1/strict?page=2', 'page', /Unknown query parameter 'page'/],
  ['GET /v1/rows?stream=false', 'stream', /stream/],
  ['GET /v1/rows?whole=true', 'whole', /whole/],
  ['DELETE /v1/rows/one', 'version', /version/],
  ['GET /v1/open/one?after=1&after=2', 'after', /'after' occurs twice/],
  ['GET /v1/open/one?after=%zz', null, /query is not well encoded/],
  ['GET /v1/rows?search=%zz', null, /query is not well encoded/],
  ['GET /v1/rows?%ff=1', null, /query is not well encoded/],
  ['GET /v1/rows?search=%', null, /query is not well encoded/],
])('%s is a 400 that names the parameter', async (line, param, message) => {
  expect(await call(line)).toMatchObject({
    status: 400,
    body: { error: { param, message: expect.stringMatching(message) } },
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };

  test('of a POST is joined with the parameters of its path, which win', async () => {
    const got = { id: 'one', overlap: '24h' };
    expect(await call('POST /v1/rows/one/rotate', json, '{"overlap":"24h","id":"two"}')).toEqual({
      status: 200,
      body: { got },
    });
  });

  test.each([{ 'content-length': '2' }, { 'transfer-encoding': 'chunked' }])(
    'of a DELETE is refused, and not ignored (%o)',
    async (headers) => {
      const { status, body } = await call('DELETE /v1/rows/one?version=3', { ...json, ...headers }, '{}');
      expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
      expect((await call('DELETE /v1/rows/one?version=3', { ...json, 'content-length': '0' })).status).toBe(200);
    },
  );
});

test('a DELETE is served over HTTP, and one with a body closes its connection', async () => {
  await using app = createServer({
    doors: {
      rest: handle,
      trpc: { handle: () => Promise.reject(new Error('unused')) } as never,
      refused: () => ({ id: 'req_1', clientRequestId: undefined }),
    },
    clock: systemClock,
    settings: serverSettings({}),
    originRules: () => undefined,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const head = 'DELETE /v1/rows/one?version=3 HTTP/1.1\r\nhost: localhost\r\n';
  expect(await exchange(url, `${head}connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 [^]*"version":3/);
  const refused = await exchange(url, `${head}content-length: 2\r\n\r\n{}${head}\r\n`);
  expect(refused.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
});

test('the API’s description has the query parameters of a stream, where the query asks for one', () => {
  const { paths } = openApiDocument(appRouter) as {
    paths: Record<string, Record<string, { parameters: { name: string; in: string; schema: object }[] }>>;
  };
  const parameters = paths['/v1/responses/{response_id}']?.['get']?.parameters ?? [];
  const query = parameters.filter((each) => each.in === 'query');
  expect(query.map(({ name }) => name).toSorted()).toEqual(['lastEventId', 'starting_after', 'stream']);
  expect(query.find(({ name }) => name === 'stream')?.schema).toEqual({ type: 'boolean' });
});

test('the API’s description has the query parameters of every route that reads them', () => {
  const { paths } = openApiDocument(echo) as { paths: Record<string, Record<string, { parameters: object[] }>> };
  const parametersOf = (path: string, method: string) => paths[path]?.[method]?.parameters;
  expect(parametersOf('/v1/rows', 'get')).toEqual(
    expect.arrayContaining([
      { name: 'search', in: 'query', schema: { type: 'string' } },
      {
        name: 'limit',
        in: 'query',
        description: 'The most rows.',
        schema: expect.objectContaining({ type: 'integer' }),
      },
    ]),
  );
  expect(parametersOf('/v1/rows/{id}', 'delete')).toEqual([
    expect.objectContaining({ name: 'id', in: 'path', required: true }),
    expect.objectContaining({ name: 'version', in: 'query', required: true }),
  ]);
  expect(parametersOf('/v1/rows/{id}/rotate', 'post')).toEqual([
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
  ]);
  expect(parametersOf('/v1/plain', 'get')).toEqual([]);
});
