// Mounts the gateway in an Express application, before its parsers of bodies.
// Run: npm run example examples/express.ts
// Then: curl -N http://127.0.0.1:PORT/llm/v1/chat/completions -H 'x-user: alice' -H 'content-type: application/json' \
//         -d '{"stream":true,"messages":[{"role":"user","content":"Hello"}]}'
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createGateway, toNodeHandler } from 'spillway';
import { startDemo } from 'spillway/testing';

const demo = await startDemo();
const gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});

const app = express();
app.use(
  '/llm',
  toNodeHandler<express.Request>(gateway, {
    // In place of this header an application reads its session. Without an identity the answer is a 401.
    principal: (request) => {
      const user = request.get('x-user');
      return user === undefined ? undefined : { principal: { id: user } };
    },
  }),
);
app.use(express.json());
app.get('/', (_request, response) => void response.send('The application.'));

const server = createServer(app).listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on a port has an address of this type
process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
