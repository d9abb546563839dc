import { expect, test } from 'vitest';
import { type ProcedureRoute, routesOf } from '../../src/rest/routes.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { startRig } from '../helpers/gateway.ts';

const KEY = 'spillway-key-one';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const placeOf = ({ prefix, path }: Pick<ProcedureRoute, 'prefix' | 'path'>): string =>
  (prefix === 'v1' ? '/v1' : '') + path.replace('{model}', 'a/model-a');
const routes = [...Map.groupBy(routesOf(appRouter), placeOf)].map(([path, own]) => ({
  path,
  allow: own.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
}));

/** What is wrong with a request beside its method. None of it matters where the path does not have the method. */
const FAULTS: Readonly<Record<string, readonly [headers: readonly string[], body: string]>> = {
  'nothing else': [['content-type: application/json', 'content-length: 2', `x-api-key: ${KEY}`], '{}'],
  'no key': [['content-type: application/json', 'content-length: 2'], '{}'],
  'no body': [['content-length: 0', `x-api-key: ${KEY}`], ''],
  'a body in chunks': [['transfer-encoding: chunked', `x-api-key: ${KEY}`], '2\r\n{}\r\n0\r\n\r\n'],
  'a body of another type': [['content-type: text/plain', 'content-length: 2', `x-api-key: ${KEY}`], '{}'],
  'a body that is too large': [['content-type: application/json', 'content-length: 90000000'], '{'],
  'a body that is no JSON': [['content-type: application/json', 'content-length: 1', `x-api-key: ${KEY}`], '{'],
  'an unknown option': [['content-length: 0', 'x-spillway-nothing: 1', `x-api-key: ${KEY}`], ''],
};

test.each(Object.entries(FAULTS))(
  'a method that a path does not have is a 405 with those that it has, whatever else is wrong: %s',
  async (_, [headers, body]) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], {
      config: { auth: { keys: [{ name: 'ci', key: KEY }] } },
    });
    for (const { path, allow } of routes)
      for (const method of METHODS.filter((each) => !allow.includes(each))) {
        const head = [`${method} ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers];
        const text = await exchange(rig.url, [...head, '', body].join('\r\n'));
        const [status, allowed] = [/^HTTP\/1.1 (\d+)/.exec(text)?.[1], /^allow: (.*)\r$/m.exec(text)?.[1]];
        expect([method, path, status, allowed]).toEqual([method, path, '405', allow.join(', ')]);
      }
    expect(rig.upstreams[0]?.hits).toEqual([]);
    expect(new Set(rig.codes())).toEqual(new Set(['method_not_allowed']));
  },
);

test.each(['GET', 'HEAD'])('a %s with a body on a path that has it is a 400, once the key is known', async (method) => {
  await using rig = await startRig([{}], { config: { auth: { keys: [{ name: 'ci', key: KEY }] } } });
  const send = (path: string, headers: readonly string[]): Promise<string> =>
    exchange(
      rig.url,
      [`${method} ${path} HTTP/1.1`, 'host: localhost', ...headers, 'content-length: 2', '', '{}'].join('\r\n'),
    );
  for (const path of ['/v1/models', '/v1/models/a/model-a', '/v1/chains', '/openapi.json']) {
    expect(await send(path, [])).toMatch(/^HTTP\/1.1 401 /);
    expect(await send(path, [`x-api-key: ${KEY}`])).toMatch(/^HTTP\/1.1 400 /);
  }
  for (const path of ['/livez', '/readyz', '/health', '/']) expect(await send(path, [])).toMatch(/^HTTP\/1.1 400 /);
});

/** Faults of one request, each with the code of its refusal, in the order in which docs/http.md says that they are looked at. */
const IN_ORDER: readonly (readonly [code: string, wrong: Partial<Parts>])[] = [
  ['expectation_failed', { expect: 'a-miracle' }],
  ['length_required', { method: 'POST', length: 'none' }],
  ['not_found', { path: '/v1/none' }],
  ['method_not_allowed', { method: 'PUT' }],
  ['invalid_api_key', { key: 'another' }],
  ['unknown_option', { option: 'x-spillway-nothing: 1' }],
  ['unsupported_media_type', { type: 'text/plain' }],
  ['request_too_large', { length: '90000000' }],
  ['invalid_json', { body: '[' }],
  ['forbidden', { key: KEY }],
  ['invalid_request', { body: '{"messages":1}' }],
];

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly option: string;
  readonly expect: string;
  readonly type: string;
  /** A number, `own` for that of the body, or `none`. */
  readonly length: string;
  readonly body: string;
}

test('of several faults the first one of the documented order is reported', async () => {
  const [method, path, viewer] = ['POST', '/v1/chains/explain', 'spillway-key-of-a-viewer'];
  const keys = [
    { name: 'ci', key: KEY },
    { name: 'viewer', key: viewer, role: 'viewer' as const },
  ];
  await using rig = await startRig([{}], { config: { auth: { keys } } });
  for (const [index, [code]] of IN_ORDER.entries()) {
    const right = {
      method,
      path,
      key: viewer,
      option: 'x-a: b',
      expect: '',
      type: 'application/json',
      body: '{"messages":[]}',
    };
    // Of two faults of one part the one that is looked at first wins.
    const faults = IN_ORDER.slice(index).toReversed();
    const parts = faults.reduce<Parts>((all, [, wrong]) => ({ ...all, ...wrong }), { ...right, length: 'own' });
    const { body, length } = parts;
    const lines = [
      `${parts.method} ${parts.path} HTTP/1.1`,
      'host: localhost',
      `x-api-key: ${parts.key}`,
      parts.option,
    ];
    const headers = [
      `content-type: ${parts.type}`,
      ...(parts.expect === '' ? [] : [`expect: ${parts.expect}`]),
      ...(length === 'none' ? [] : [`content-length: ${length === 'own' ? body.length : length}`]),
    ];
    const text = await exchange(rig.url, [...lines, 'connection: close', ...headers, '', body].join('\r\n'));
    expect(text).toContain(`"code":"${code}"`);
  }
});
