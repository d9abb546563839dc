import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, expect, test } from 'vitest';
import { toFetchHandler } from '../../src/index.ts';
import { responder } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

// Hono's server replaces both by classes of its own, and other files share the process.
const { Request: OwnRequest, Response: OwnResponse } = globalThis;
afterAll(() => {
  Object.defineProperty(globalThis, 'Request', { value: OwnRequest });
  Object.defineProperty(globalThis, 'Response', { value: OwnResponse });
});

/** Serves the gateway of a rig as a route of Hono on its server for Node. Resolves with the URL of the mount. */
async function serve(rig: Rig): Promise<string> {
  const llm = toFetchHandler(rig.gateway, { prefix: '/llm', principal: () => ({ principal: { id: 'alice' } }) });
  const app = new Hono().all('/llm/*', ({ req }) => llm(req.raw));
  const server = createAdaptorServer({ fetch: app.fetch });
  const port = await listenOnLoopback(server);
  rig.defer(async () => void server.close());
  return `http://127.0.0.1:${port}/llm`;
}

test.each([
  ['a stream', true, responder({ content: 'drop '.repeat(2000), delay: 5 })],
  ['an answer in JSON', false, { head: false, end: 'hang' } as const],
])('a client of Hono’s server that disconnects cancels the provider’s work for %s', async (_, stream, script) => {
  await using rig = await startRig([script]);
  const url = await serve(rig);
  const abort = new AbortController();
  const sent = post(fetch, `${url}/v1/chat/completions`, { ...HELLO, stream }, { signal: abort.signal });
  await Promise.race([sent, rig.upstreams[0]?.until(({ hits }) => hits.length === 1)]);
  if (stream) await (await sent).body?.getReader().read();
  abort.abort();
  await sent.catch(() => undefined);
  expect((await rig.ended()).code).toBe('client_closed');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});
