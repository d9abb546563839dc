// Serves the gateway as a route of Hono, with the application's own users. Streams and disconnects work as over the gateway's own server.
// Run: npm run example examples/hono.ts
// Then: curl -N http://127.0.0.1:PORT/api/llm/v1/chat/completions -H 'x-user: alice' -H 'content-type: application/json' \
//         -d '{"stream":true,"messages":[{"role":"user","content":"Hello"}]}'
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createGateway, toFetchHandler } from 'spillway';
import { startDemo } from 'spillway/testing';

const demo = await startDemo();
const gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});
const llm = toFetchHandler(gateway, {
  prefix: '/api/llm',
  // In place of this header an application reads its session. Without an identity the answer is a 401.
  principal: ({ headers }) => {
    const user = headers.get('x-user');
    return user === null ? undefined : { principal: { id: user } };
  },
});

const app = new Hono();
app.get('/', (context) => context.text('The application.'));
app.all('/api/llm/*', ({ req }) => llm(req.raw));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) }, ({ port }) => {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
});
