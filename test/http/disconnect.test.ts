import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { watchCaller } from '../../src/http/disconnect.ts';
import { abortCode } from '../../src/lib/abort.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

test.each(['ended', 'destroyed'] as const)(
  'a caller whose socket has %s before he is watched has left',
  async (how) => {
    const told = Promise.withResolvers<string>();
    const server = createServer((request, response) => {
      const { socket } = request;
      const watch = (): void => {
        const { signal } = watchCaller(response);
        told.resolve(signal.aborted ? abortCode(signal) : 'here');
        socket.destroy();
      };
      socket.once(how === 'ended' ? 'end' : 'close', () => setImmediate(watch));
      if (how === 'destroyed') socket.destroy();
    });
    const caller = connect(await listenOnLoopback(server), '127.0.0.1').on('error', () => undefined);
    caller.end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await told.promise).toBe('client_closed');
    caller.destroy();
    server.close();
  },
);
