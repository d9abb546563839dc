import { Agent, createServer, get } from 'node:http';
import { expect, test } from 'vitest';
import { responseSink } from '../../src/http/response-sink.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

test('a response that has ended keeps no listener on its connection', async () => {
  const listeners: number[] = [];
  const server = createServer((request, response) => {
    listeners.push(request.socket.listenerCount('drain'));
    response.writeHead(200);
    response.flushHeaders();
    const sink = responseSink(response);
    sink.write('one');
    sink.end();
  });
  using _closing = closing(server);
  const port = await listenOnLoopback(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; n < 4; n++) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    get({ port, host: '127.0.0.1', agent }, (response) => response.resume().once('end', resolve)).once('error', reject);
    await promise;
  }
  agent.destroy();
  expect(listeners).toEqual(Array.from(listeners, () => listeners[0]));
  expect(listeners).toHaveLength(4);
});
