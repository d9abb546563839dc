import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitionsOf } from '../../src/router/definitions.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { ANONYMOUS } from '../../src/domain/principal.ts';
import { METRICS_ROUTE, OPENAPI_ROUTE, routesOf } from '../../src/rest/routes.ts';
import { procedure, router } from '../../src/router/procedure.ts';
import { responder } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const KEYS = { admin: 'key-of-the-admin', viewer: 'key-of-a-viewer', caller: 'key-of-a-caller' };
/** What a page of the dashboard sends. */
const PAGE = { 'sec-fetch-site': 'same-origin', 'x-spillway-dashboard': '1' };
/** The headers of each kind of client. */
const CLIENTS = {
  'a client without a key': {},
  'a client with a wrong key': { authorization: 'Bearer wrong' },
  'a caller': { authorization: `Bearer ${KEYS.caller}` },
  'a viewer': { 'x-api-key': KEYS.viewer },
  'an admin': { authorization: `bearer ${KEYS.admin}` },
  'a viewer’s session': { ...PAGE, cookie: 'set before all tests' },
  'an admin of the proxy': { ...PAGE, 'x-forwarded-email': 'me@ops.example' },
};
type Client = keyof typeof CLIENTS;

const UNKNOWN = { 'a client without a key': 401, 'a client with a wrong key': 401 };
/** The meaning of each declaration: the status with which clients are refused. */
const RULES: Readonly<Record<string, Partial<Record<Client, number>>>> = {
  public: {},
  caller: UNKNOWN,
  viewer: { ...UNKNOWN, 'a caller': 403 },
  admin: { ...UNKNOWN, 'a caller': 403, 'a viewer': 403, 'a viewer’s session': 403 },
};

/** The procedures that call a model, which a login by a proxy does not allow. */
const MODEL_CALLS =
  /^(?:chat|completions|embeddings)\.|^(?:messages|responses)\.(?:create|stream|compact|countTokens)$|^runs\.create$/;

/** The status with which a client is refused; undefined where it is not. */
function refusalOf(client: Client, access: string, door = '', path = ''): number | undefined {
  if (client === 'a viewer’s session' && !door.startsWith('tRPC') && access !== 'public') return 401;
  // No proxy gives the right to read bodies.
  if (client === 'an admin of the proxy' && (MODEL_CALLS.test(path) || path === 'requests.body')) return 403;
  return RULES[access]?.[client];
}

const INPUT = { ...HELLO, input: 'x', max_tokens: 5 };
/** The inputs of procedures for operators; none of the keys and tenants exists. */
const OPERATOR_INPUTS: Readonly<Record<string, object>> = {
  'config.check': { text: 'providers: {}' },
  'sessions.create': { key: KEYS.viewer },
  'requests.forget': { key: 'key_1' },
  'keys.create': { name: 'new' },
  'keys.list': {},
  'keys.retrieve': { id: 'key_1' },
  'keys.update': { id: 'key_1', note: 'x' },
  'keys.rotate': { id: 'key_1' },
  'keys.revoke': { id: 'key_1' },
  'tenants.create': { name: 'acme' },
  'tenants.retrieve': { name: 'acme' },
  'tenants.update': { name: 'acme' },
  'tenants.remove': { name: 'acme' },
};
/** What a procedure with a body takes. In a response `prompt` is another member. */
function bodyOf(path: string): object {
  if (/^(?:keys|tenants)\.|^config\.check$|^requests\.forget$/.test(path)) return OPERATOR_INPUTS[path] ?? {};
  return path.startsWith('completions.') ? { ...INPUT, prompt: 'x' } : INPUT;
}
/** The inputs of the procedures that take no other members. */
const RUN = { runId: `run_${'0'.repeat(32)}` };
const RESPONSE = { response_id: 'resp_1' };
const INPUTS: Readonly<Record<string, object>> = {
  ...OPERATOR_INPUTS,
  'models.retrieve': { model: 'default' },
  'models.list': {},
  'events.watch': {},
  'usage.summary': {},
  'usage.recent': {},
  'providers.health': {},
  'requests.list': {},
  'requests.retrieve': { id: 'req_1' },
  'requests.body': { id: 'req_1' },
  'requests.tail': {},
  'audit.list': {},
  'responses.retrieve': RESPONSE,
  'responses.events': RESPONSE,
  'responses.cancel': RESPONSE,
  'responses.delete': RESPONSE,
  'responses.inputItems': RESPONSE,
  'runs.stream': RUN,
  'runs.get': RUN,
  'runs.cancel': RUN,
};
/** Behind authentication there is no such run and no such response, and no entry that compacts or speaks the older completions' API. */
const FOUND: Readonly<Record<string, number>> = {
  'runs.stream': 404,
  'runs.get': 404,
  'runs.cancel': 404,
  'responses.retrieve': 404,
  'responses.events': 404,
  'responses.cancel': 404,
  'responses.delete': 404,
  'responses.inputItems': 404,
  'responses.compact': 400,
  'requests.retrieve': 404,
  'requests.body': 404,
  'keys.retrieve': 404,
  'keys.update': 404,
  'keys.rotate': 404,
  'keys.revoke': 404,
  'tenants.retrieve': 404,
  // Nothing is kept in memory.
  'keys.create': 400,
  'tenants.create': 400,
  'tenants.update': 400,
  'tenants.remove': 400,
};
/** The body of a REST request. */
function bodyFor(path: string, streams: string | undefined): object {
  return /^(?:keys|tenants)\.|^config\.check$|^requests\.forget$/.test(path)
    ? bodyOf(path)
    : { ...bodyOf(path), stream: path === 'runs.create' || streams === path };
}
const json = { 'content-type': 'application/json' };
const definitions = [...definitionsOf(appRouter)];
const routes = routesOf(appRouter);

type Send = (url: string, headers: Record<string, string>) => Promise<Response>;

/** Every way of calling a procedure over HTTP. */
function doorsOf(path: string, type: string): Record<string, Send> {
  const input = INPUTS[path] ?? bodyOf(path);
  const query = `input=${encodeURIComponent(JSON.stringify(input))}`;
  const batch = encodeURIComponent(JSON.stringify({ 0: input }));
  const route = routes.find((each) => each.procedure === path || each.streams === path);
  const ways: Record<string, Send> = {};
  if (route !== undefined) {
    const body = route.method === 'POST' ? { body: JSON.stringify(bodyFor(path, route.streams)) } : {};
    ways['REST'] = (url, headers) =>
      fetch(
        `${url}${route.prefix === 'v1' ? '/v1' : ''}${route.path.replace('{+model}', 'default').replace('{runId}', RUN.runId).replace('{response_id}', 'resp_1').replace('{id}', 'key_1').replace('{name}', 'acme')}${route.streams === path && route.method === 'GET' ? '?stream=true' : ''}`,
        {
          method: route.method,
          headers: { ...json, ...headers },
          ...body,
        },
      );
  }
  if (type === 'query') {
    ways['tRPC'] = (url, headers) => fetch(`${url}/trpc/${path}?${query}`, { headers });
    ways['tRPC in a batch'] = (url, headers) => fetch(`${url}/trpc/${path}?batch=1&input=${batch}`, { headers });
  } else {
    ways['tRPC'] = (url, headers) =>
      fetch(`${url}/trpc/${path}`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(input) });
  }
  if (type === 'mutation')
    ways['tRPC in a batch'] = (url, headers) =>
      fetch(`${url}/trpc/${path}?batch=1`, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: JSON.stringify({ 0: input }),
      });
  if (type === 'subscription')
    ways['tRPC by GET'] = (url, headers) => fetch(`${url}/trpc/${path}?${query}`, { headers });
  return ways;
}

/** The status of an answer. A subscription's refusal is inside a stream; where that has no end, its first value is enough. */
async function statusOf(response: Response): Promise<number> {
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (/\n\n(?:event: serialized-error\n)?data: .+\n\n/.test(text)) break;
  }
  const inside = /"status":(\d{3})/.exec(text)?.[1];
  return text.includes('serialized-error') && inside !== undefined ? Number(inside) : response.status;
}

/** The status of a subscription that sends only what happens meanwhile. */
async function whileRequestsEnd(response: Promise<Response>): Promise<number> {
  const end = { known: false };
  const status = response.then(statusOf).finally(() => (end.known = true));
  while (!end.known)
    await fetch(`${rig.url}/v1/models/none`, { headers: CLIENTS['a caller'] }).then((each) => each.text());
  return status;
}

async function statusIn(fetchLike: typeof fetch): Promise<number> {
  return (await fetchLike('http://spillway/v1/chains/status')).status;
}

/** Gives the viewer another session. */
async function logIn(): Promise<void> {
  const login = await fetch(`${rig.url}/trpc/sessions.create`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ key: KEYS.viewer }),
  });
  CLIENTS['a viewer’s session'].cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
}

let rig: Rig;
let requests = 0;
beforeAll(async () => {
  rig = await startRig([responder({ content: 'served' })], {
    config: {
      server: { trustProxy: true, publicUrl: 'http://localhost' },
      auth: {
        proxy: { from: ['127.0.0.1'], roles: { admin: ['*@ops.example'] } },
        keys: [
          { name: 'admin', key: KEYS.admin, role: 'admin', bodies: true },
          { name: 'viewer', key: KEYS.viewer, role: 'viewer' },
          { name: 'caller', key: KEYS.caller },
        ],
      },
    },
  });
  await logIn();
});
afterAll(() => rig[Symbol.asyncDispose]());

describe.each(definitions)('%s', (path, { type, meta }) => {
  describe.each(Object.entries(doorsOf(path, type)))('over %s', (door, send) => {
    const answered = FOUND[path] ?? (path === 'runs.create' && door === 'REST' ? 202 : 200);

    test.each(Object.keys(CLIENTS) as Client[])('answers %s as its access declares', async (client) => {
      const hits = rig.upstreams[0]?.hits.length;
      // Each from another address: many wrong keys from one are refused as guesses.
      const from = `2001:db8:0:${(++requests).toString(16)}::1`;
      const response = send(rig.url, { ...CLIENTS[client], 'x-forwarded-for': from });
      const status = await (path === 'requests.tail' ? whileRequestsEnd(response) : response.then(statusOf));
      const refusal = refusalOf(client, meta?.access ?? 'undeclared', door, path);
      if (refusal === undefined) expect(status).toBe(answered);
      else expect([status, rig.upstreams[0]?.hits.length]).toEqual([refusal, hits]);
      if (path === 'sessions.delete') await logIn();
      // A run is sent after its answer.
      if (refusal === undefined && path === 'runs.create')
        await rig.upstreams[0]?.until((upstream) => upstream.hits.length > (hits ?? 0));
    });
  });
});

describe.each([OPENAPI_ROUTE, METRICS_ROUTE])('the document $path', ({ path, access }) => {
  test.each(Object.keys(CLIENTS) as Client[])('answers %s as its access declares', async (client) => {
    const from = `2001:db8:0:${(++requests).toString(16)}::1`;
    const { status } = await fetch(`${rig.url}${path}`, { headers: { ...CLIENTS[client], 'x-forwarded-for': from } });
    expect(status).toBe(refusalOf(client, access) ?? 200);
  });
});

test('in process another principal has its own rights, and the process has all of them', async () => {
  const { gateway } = rig;
  const caller = gateway.fetchAs({ ...ANONYMOUS, id: 'c', name: 'c', chains: undefined });
  expect([await statusIn(caller), await statusIn(gateway.fetch)]).toEqual([403, 200]);
  await expect(gateway.caller.chains.status()).resolves.toMatchObject({ object: 'list' });
});

test('every procedure has a rule in the matrix, and every route has a procedure', () => {
  expect(definitions.filter(([, { meta }]) => RULES[meta?.access ?? ''] === undefined)).toEqual([]);
  expect(definitions.map(([path]) => path)).toEqual(expect.arrayContaining(routes.map((route) => route.procedure)));
});

test('a procedure without a declared access fails the start', () => {
  const undeclared = router({ open: procedure.query(() => 'open') });
  expect(() => routesOf(undeclared)).toThrow('Procedure open does not declare its access');
});
