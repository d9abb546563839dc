import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitionsOf } from '../../src/router/definitions.ts';
import { appRouter } from '../../src/router/app-router.ts';
import { walk } from '../../src/rest/routes.ts';
import { procedure, router } from '../../src/router/procedure.ts';
import { responder } from '../../src/testing/index.ts';
import { HELLO, type Rig, startRig } from '../helpers/gateway.ts';

const KEYS = { admin: 'key-of-the-admin', caller: 'key-of-a-caller' };
const WHO = {
  nobody: {},
  'somebody with a wrong key': { authorization: 'Bearer wrong' },
  'a caller': { authorization: `Bearer ${KEYS.caller}` },
  'an admin': { authorization: `bearer ${KEYS.admin}` },
} as const;
type Who = keyof typeof WHO;

/** What each declaration means: who is refused, with which status. */
const RULES: Readonly<Record<string, Partial<Record<Who, number>>>> = {
  public: {},
  caller: { nobody: 401, 'somebody with a wrong key': 401 },
  admin: { nobody: 401, 'somebody with a wrong key': 401, 'a caller': 403 },
};

const INPUT = { ...HELLO, input: 'x' };
const json = { 'content-type': 'application/json' };
const definitions = [...definitionsOf(appRouter)];
const routes = walk(appRouter);

type Ask = (url: string, headers: Record<string, string>) => Promise<Response>;

/** Every way of calling a procedure over HTTP. */
function doorsOf(path: string, type: string): Record<string, Ask> {
  const input = path === 'models.retrieve' ? { model: 'default' } : INPUT;
  const query = `input=${encodeURIComponent(JSON.stringify(input))}`;
  const batch = encodeURIComponent(JSON.stringify({ 0: input }));
  const route = routes.find((each) => each.procedure === path || each.streams === path);
  const ways: Record<string, Ask> = {};
  if (route !== undefined) {
    const body = route.method === 'POST' ? { body: JSON.stringify({ ...INPUT, stream: route.streams === path }) } : {};
    ways['REST'] = (url, headers) =>
      fetch(`${url}${route.prefix === 'v1' ? '/v1' : ''}${route.path.replace('{model}', 'default')}`, {
        method: route.method,
        headers: { ...json, ...headers },
        ...body,
      });
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

/** The status that was meant: a subscription's refusal is told inside of a stream, whose first value is enough where it has no end. */
async function told(response: Response): Promise<number> {
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (/\n\n(?:event: serialized-error\n)?data: .+\n\n/.test(text)) break;
  }
  const inside = /"status":(\d{3})/.exec(text)?.[1];
  return text.includes('serialized-error') && inside !== undefined ? Number(inside) : response.status;
}

async function statusIn(fetchLike: typeof fetch): Promise<number> {
  return (await fetchLike('http://spillway/v1/chains/status')).status;
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig([responder({ content: 'served' })], {
    config: {
      auth: {
        keys: [
          { name: 'admin', key: KEYS.admin, role: 'admin' },
          { name: 'caller', key: KEYS.caller },
        ],
      },
    },
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

describe.each(definitions)('%s', (path, { type, meta }) => {
  const rule = RULES[meta?.access ?? 'undeclared'];

  describe.each(Object.entries(doorsOf(path, type)))('over %s', (_, ask) => {
    test.each(Object.keys(WHO) as Who[])('is for %s what it declares', async (who) => {
      const hits = rig.upstreams[0]?.hits.length;
      const status = await told(await ask(rig.url, WHO[who]));
      const refusal = rule?.[who];
      if (refusal === undefined) expect(status).toBe(200);
      else expect([status, rig.upstreams[0]?.hits.length]).toEqual([refusal, hits]);
    });
  });
});

test('in process somebody else has his own rights, and the process all of them', async () => {
  const { gateway } = rig;
  const caller = gateway.fetchAs({ id: 'c', role: 'caller', chains: undefined, tenant: '' });
  expect([await statusIn(caller), await statusIn(gateway.fetch)]).toEqual([403, 200]);
  await expect(gateway.caller.chains.status()).resolves.toMatchObject({ object: 'list' });
});

test('every procedure stands in the matrix with a rule, and every route is one of them', () => {
  expect(definitions.filter(([, { meta }]) => RULES[meta?.access ?? ''] === undefined)).toEqual([]);
  expect(definitions.map(([path]) => path)).toEqual(expect.arrayContaining(routes.map((route) => route.procedure)));
});

test('a procedure that does not say who may call it fails the start', () => {
  const undeclared = router({ open: procedure.query(() => 'everybody’s') });
  expect(() => walk(undeclared)).toThrow('Procedure open does not say who may call it');
});
