import Fastify from 'fastify';
import { expect, test } from 'vitest';
import spillway from '../../src/mount/fastify.ts';
import { responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const principal = () => ({ principal: { id: 'app' } });

test('the server’s routes, parsers and hooks stay its own; its headers are on the gateway’s answers', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const app = Fastify();
  rig.defer(() => app.close());
  const ran: string[] = [];
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    ran.push('parser');
    done(null, body);
  });
  app.addHook('onRequest', async (_, reply) => {
    reply.header('x-app', 'mine').header('vary', 'origin');
  });
  app.addHook('preHandler', async () => void ran.push('preHandler'));
  app.addHook('onSend', async () => void ran.push('onSend'));
  app.addHook('onResponse', async ({ originalUrl }) => void ran.push(originalUrl));
  app.post('/own', async ({ body }) => ({ body }));
  await app.register(spillway, { gateway: rig.gateway, principal, prefix: '/llm' });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const large = { ...HELLO, user: 'x'.repeat(1_500_000) };
  for (const [path, body] of [
    ['/llm/v1/chat/completions', HELLO],
    ['/llm/v1/chat/completions', { ...HELLO, stream: true }],
    ['/llm/trpc/chat.completions.create?batch=1', { 0: HELLO }],
    // Larger than Fastify's own limit of a megabyte.
    ['/llm/v1/chat/completions', large],
  ] as const) {
    const response = await post(fetch, url + path, body);
    expect([response.status, (await response.text()).includes('served')]).toEqual([200, true]);
    expect([response.headers.get('x-app'), response.headers.get('vary')]).toEqual([
      'mine',
      expect.stringContaining('origin'),
    ]);
  }
  expect(ran.filter((name) => !name.startsWith('/'))).toEqual([]);
  expect(ran).toContain('/llm/trpc/chat.completions.create?batch=1');
  expect(await (await post(fetch, `${url}/own`, { a: 1 })).json()).toEqual({ body: '{"a":1}' });
  expect((await fetch(`${url}/v1/models`)).status).toBe(404);
});

test('a prefix may have parameters, which the function for principals reads', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const app = Fastify();
  rig.defer(() => app.close());
  await app.register(
    async (scope) => {
      await scope.register(spillway, {
        gateway: rig.gateway,
        prefix: '/llm',
        principal: ({ params }) => ({ principal: { id: (params as { tenant: string }).tenant } }),
      });
    },
    { prefix: '/:tenant' },
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  for (const path of ['/acme/llm/v1/models?x=1', '/a%2Fb/llm/v1/models', '/acme/llm', '/acme/llm/'])
    expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
  expect(rig.finished().map(({ keyId }) => keyId)).toEqual(['acme', 'a/b', 'acme', 'acme']);
});

test('it answers requests that are injected, whole and as streams', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const app = Fastify();
  rig.defer(() => app.close());
  await app.register(spillway, { gateway: rig.gateway, principal, prefix: '/llm' });
  for (const [payload, status, text] of [
    [HELLO, 200, 'served'],
    [{ ...HELLO, stream: true }, 200, '[DONE]'],
    [{ ...HELLO, messages: 7 }, 400, 'messages'],
  ] as const) {
    const response = await app.inject({ method: 'POST', url: '/llm/v1/chat/completions', payload });
    expect([response.statusCode, response.payload]).toEqual([status, expect.stringContaining(text)]);
  }
  const wrongType = await app.inject({ method: 'POST', url: '/llm/v1/chat/completions', payload: 'x' });
  expect(wrongType.statusCode).toBe(415);
});

test('without a prefix it serves what the server does not', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const app = Fastify();
  rig.defer(() => app.close());
  app.get('/own', async () => 'own');
  await app.register(spillway, { gateway: rig.gateway, principal });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  expect(await (await fetch(`${url}/own`)).text()).toBe('own');
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
});
