import { describe, expect, test } from 'vitest';
import { createMatch } from '../../src/rest/match.ts';
import type { ProcedureRoute } from '../../src/rest/routes.ts';

const routeOf = (method: ProcedureRoute['method'], path: string): ProcedureRoute => ({
  type: method === 'GET' ? 'query' : 'mutation',
  method,
  path,
  prefix: 'v1',
  answers: 'Model',
  access: 'caller',
  operation: undefined,
  procedure: `${method} ${path}`,
});

const match = createMatch([
  routeOf('GET', '/keys'),
  routeOf('DELETE', '/keys'),
  routeOf('GET', '/keys/{id}'),
  routeOf('POST', '/keys/{id}'),
  routeOf('DELETE', '/keys/{id}'),
  routeOf('POST', '/keys/{id}/rotate'),
  routeOf('GET', '/tenants/{tenant}/keys/{key}'),
  routeOf('GET', '/models/{+model}'),
]);

test.each([
  ['GET', '/v1/keys', 'GET /keys', {}],
  ['DELETE', '/v1/keys?name=a', 'DELETE /keys', {}],
  ['HEAD', '/keys/one', 'GET /keys/{id}', { id: 'one' }],
  ['DELETE', '/v1/keys/one', 'DELETE /keys/{id}', { id: 'one' }],
  ['POST', '/v1/keys/one', 'POST /keys/{id}', { id: 'one' }],
  ['POST', '/v1/keys/one/rotate', 'POST /keys/{id}/rotate', { id: 'one' }],
  ['POST', '/v1/keys/a%2Fb/rotate', 'POST /keys/{id}/rotate', { id: 'a/b' }],
  ['GET', '/v1/models/vendor/model:free', 'GET /models/{+model}', { model: 'vendor/model:free' }],
  ['GET', '/v1/tenants/acme/keys/one', 'GET /tenants/{tenant}/keys/{key}', { tenant: 'acme', key: 'one' }],
] as const)('%s %s is %s', (method, url, procedure, params) => {
  const found = match(method, url);
  expect([found.route.procedure, found.params]).toEqual([procedure, params]);
});

describe('a parameter of a path', () => {
  test.each(['/v1/tenants/a/b/keys/one', '/v1/tenants/a/keys/one/two', '/v1/keys/a/b', '/v1/keys/a/b/rotate'])(
    'takes no slash, unless it says so: %s',
    (path) => {
      expect(() => match('GET', path)).toThrow(expect.objectContaining({ code: 'not_found' }));
    },
  );

  test('is not empty', () => {
    expect(() => match('GET', '/v1/tenants//keys/one')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

test.each([
  ['/v1/message', 'There is nothing at /v1/message.'],
  ['/v1/v1/messages', 'There is nothing at /v1/v1/messages. Remove /v1 from the base URL of the client.'],
  ['', 'The URL is not below the prefix of this mount of the gateway.'],
])('the refusal of %j says what is wrong', (path, message) => {
  expect(() => match('POST', path)).toThrow(message);
});

test('a method that a path does not have is refused with those that it has', () => {
  for (const [method, path, allow] of [
    ['POST', '/v1/keys', ['GET', 'HEAD', 'DELETE']],
    ['PATCH', '/v1/keys/one', ['GET', 'HEAD', 'POST', 'DELETE']],
  ] as const)
    expect(() => match(method, path)).toThrow(
      expect.objectContaining({ code: 'method_not_allowed', details: expect.objectContaining({ allow }) }),
    );
});

describe('a path of its own beside a path with a parameter', () => {
  const own = createMatch([
    routeOf('POST', '/responses/compact'),
    routeOf('GET', '/responses/{id}'),
    routeOf('DELETE', '/responses/{id}'),
  ]);

  test.each(['GET', 'HEAD', 'DELETE'])('refuses %s, which the other path has', (method) => {
    for (const path of ['/v1/responses/compact', '/responses/compact', '/v1/responses/compact?x=1'])
      expect(() => own(method, path)).toThrow(
        expect.objectContaining({
          code: 'method_not_allowed',
          details: expect.objectContaining({ allow: ['POST'] }),
        }),
      );
  });

  test('is no value of the parameter, and any other text is', () => {
    expect(own('POST', '/v1/responses/compact').route.procedure).toBe('POST /responses/compact');
    expect(own('GET', '/v1/responses/compacted').params).toEqual({ id: 'compacted' });
  });
});
