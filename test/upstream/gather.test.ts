import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createGathering } from '../../src/upstream/gather.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { listenOnLoopback } from '../helpers/listen.ts';
import { endpointAt, send, using } from './exchange.ts';

function gathering(onPiece?: (add: (text: string) => void) => void) {
  const passedOn: Buffer[] = [];
  const made = createGathering((bytes) => {
    passedOn.push(bytes);
    onPiece?.(add);
  });
  const add = (text: string): void => made.add(Buffer.from(text));
  return { made, add, flush: () => made.flush(), texts: () => passedOn.map(String), passedOn };
}

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test('pieces added in one tick are passed on as one at its end, and later pieces separately', async () => {
  const { add, texts } = gathering();
  add('a');
  add('b');
  expect(texts()).toEqual([]);
  await turn();
  expect(texts()).toEqual(['ab']);
  add('c');
  await turn();
  expect(texts()).toEqual(['ab', 'c']);
});

test('a single piece is passed on without a copy', async () => {
  const { made, passedOn } = gathering();
  const piece = Buffer.from('whole');
  made.add(piece);
  await turn();
  expect(passedOn[0]).toBe(piece);
});

test('a flush passes pieces on at once and only once, and an empty flush passes on nothing', async () => {
  const { add, flush, texts } = gathering();
  add('a');
  flush();
  expect(texts()).toEqual(['a']);
  flush();
  await turn();
  expect(texts()).toEqual(['a']);
});

test('pieces added while another is passed on follow it', async () => {
  let more = ['more'];
  const { add, texts } = gathering((addOne) => {
    const rest = more;
    more = [];
    rest.forEach(addOne);
  });
  add('first');
  await turn();
  await turn();
  expect(texts()).toEqual(['first', 'more']);
});

test('the chunks of one read of the socket are passed on in one call, before the end or break behind them', async () => {
  const chunks = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'];
  const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  for (const end of ['0\r\n\r\n', 'no size\r\n']) {
    const server = createServer((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${framed}${end}`));
      socket.on('error', () => undefined);
    });
    const endpoint = endpointAt(`http://127.0.0.1:${await listenOnLoopback(server)}`);
    {
      await using pools = using(createPools());
      const { pieces, failure } = await send(pools, endpoint);
      expect([pieces, failure?.kind]).toEqual([[chunks.join('')], end.startsWith('0') ? undefined : 'cut']);
    }
    server.close();
  }
});
