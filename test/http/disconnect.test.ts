import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { watchDisconnect } from '../../src/http/disconnect.ts';
import { abortCode } from '../../src/lib/abort.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

test.each(['ended', 'destroyed'] as const)(
  'a client whose socket has %s before the watch begins counts as disconnected',
  async (how) => {
    const seen = Promise.withResolvers<string>();
    const server = createServer((request, response) => {
      const { socket } = request;
      const watch = (): void => {
        const { signal } = watchDisconnect(response);
        seen.resolve(signal.aborted ? abortCode(signal) : 'connected');
        socket.destroy();
      };
      socket.once(how === 'ended' ? 'end' : 'close', () => setImmediate(watch));
      if (how === 'destroyed') socket.destroy();
    });
    using _closing = closing(server);
    const caller = connect(await listenOnLoopback(server), '127.0.0.1').on('error', () => undefined);
    caller.end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await seen.promise).toBe('client_closed');
    caller.destroy();
  },
);
