import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyWriter } from '../../src/http/chunks.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

/** Head and body of a response as a bare socket receives them. */
async function receive(
  version: '1.0' | '1.1',
  write: (response: ServerResponse) => void,
): Promise<{ readonly head: string; readonly body: Buffer }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { connection: 'close' });
    response.flushHeaders();
    write(response);
  });
  using _closing = closing(server);
  const socket = connect(await listenOnLoopback(server), '127.0.0.1');
  socket.write(`GET / HTTP/${version}\r\nhost: x\r\n\r\n`);
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  await once(socket, 'close');
  const all = Buffer.concat(pieces);
  const end = all.indexOf('\r\n\r\n');
  return { head: all.toString('latin1', 0, end).toLowerCase(), body: all.subarray(end + 4) };
}

/** The chunks of a body, by HTTP's grammar. */
function chunksOf(body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, line), 16);
    const end = line + 2 + size;
    expect(body.toString('latin1', end, end + 2)).toBe('\r\n');
    if (size === 0) {
      expect(body.length).toBe(end + 2);
      return chunks;
    }
    chunks.push(body.subarray(line + 2, end));
    at = end + 2;
  }
}

test('each write is one chunk, texts and bytes, small and large, and the last chunk follows', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 8000, max: 70_000 }).map((length) => Buffer.alloc(length, 'x')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const { head, body } = await receive('1.1', (response) => {
        const writer = bodyWriter(response);
        for (const each of pieces) writer.write(each);
        writer.end();
        writer.end();
      });
      expect(head).toContain('transfer-encoding: chunked');
      expect(chunksOf(body)).toEqual(pieces.map((each) => Buffer.from(each)).filter(({ length }) => length > 0));
    }),
    { numRuns: 60 },
  );
});

test('a client of HTTP 1.0 receives the bytes without frames', async () => {
  const { head, body } = await receive('1.0', (response) => {
    const writer = bodyWriter(response);
    writer.write(Buffer.from('one '));
    writer.write('two');
    writer.end();
  });
  expect(head).not.toContain('transfer-encoding');
  expect(body.toString()).toBe('one two');
});
