// Registers the gateway as a plugin of Fastify, below a prefix with a parameter: each tenant has a path of its own.
// Run: npm run example examples/fastify-plugin.ts
// Then: curl -N http://127.0.0.1:PORT/acme/llm/v1/chat/completions -H 'x-user: alice' -H 'content-type: application/json' \
//         -d '{"stream":true,"messages":[{"role":"user","content":"Hello"}]}'
import Fastify from 'fastify';
import { createGateway } from 'spillway';
import spillway from 'spillway/fastify';
import { startDemo } from 'spillway/testing';

const demo = await startDemo();
const gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});

const app = Fastify();
app.get('/', () => 'The application.');
await app.register(spillway, {
  gateway,
  prefix: '/:tenant/llm',
  // In place of this header an application reads its session. Without an identity the answer is a 401.
  principal: ({ headers, url }) => {
    const user = headers['x-user'];
    if (typeof user !== 'string') return undefined;
    return { principal: { id: user, tenant: url.split('/')[1] ?? '' } };
  },
});
const url = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) });
process.stdout.write(`listening on ${url}\n`);
