// Serves a chat made with React, TanStack Query and tRPC, and the gateway that answers it.
// Run: npm run example examples/react-query/server.ts
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway, toNodeHandler } from 'spillway';
import { startDemo } from 'spillway/testing';
import { bundleApp, PAGE } from './page.ts';

const demo = await startDemo();
const gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});
// An application finds out here who the user is, by its session.
const llm = toNodeHandler(gateway, { prefix: '/llm', principal: () => ({ principal: { id: 'visitor' } }) });
const app = await bundleApp();

const server = createServer((request, response) => {
  if (request.url?.startsWith('/llm/') === true) return void llm(request, response);
  const isApp = request.url === '/app.js';
  response.setHeader('content-type', isApp ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
  response.end(isApp ? app : PAGE);
});
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on a port has an address of this type
process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
