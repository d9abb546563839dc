import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createGathering } from '../../src/upstream/gather.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { endpointAt, send, using } from './exchange.ts';

function gathering(onPiece?: (add: (text: string) => void) => void) {
  const passedOn: Buffer[] = [];
  const flow: string[] = [];
  const made = createGathering(
    (bytes) => {
      passedOn.push(bytes);
      onPiece?.(add);
    },
    { pause: () => void flow.push('pause'), resume: () => void flow.push('resume') },
    now,
  );
  const add = (text: string): void => made.add(Buffer.from(text));
  return {
    made,
    add,
    flush: () => {
      let flushed = false;
      made.flush(() => (flushed = true));
      return flushed;
    },
    texts: () => passedOn.map(String),
    passedOn,
    flow,
  };
}

/** Milliseconds of the tests' clock, which only work moves. */
let time = 0;
const now = (): number => time;

function work(ms: number): void {
  time += ms;
}

const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    using _closing = closing(server);
    const endpoint = endpointAt(`http://127.0.0.1:${await listenOnLoopback(server)}`);
    {
      await using pools = using(createPools());
      const { pieces, failure } = await send(pools, endpoint);
      expect([pieces, failure?.kind]).toEqual([[chunks.join('')], end.startsWith('0') ? undefined : 'cut']);
    }
  }
});

const LARGE = 'x'.repeat(8192);

test('where a large read takes long, the socket pauses until the next turn of the event loop', async () => {
  const { add, flow, flush, texts } = gathering(() => work(12));
  add(LARGE);
  expect(flush()).toBe(false);
  add('a');
  add('b');
  await turn();
  expect([flow, texts().length]).toEqual([['pause'], 1]);
  await loopTurn();
  expect([flow, texts()]).toEqual([
    ['pause', 'resume'],
    [LARGE, 'ab'],
  ]);
});

test('the time of all large reads of a turn counts, and that of earlier turns does not', async () => {
  const { add, flow, flush } = gathering(() => work(4));
  for (let n = 0; n < 6; n++) {
    add(LARGE);
    expect(flush()).toBe(true);
    await loopTurn();
  }
  expect(flow).toEqual([]);
  for (let n = 0; n < 3; n++) {
    add(LARGE);
    flush();
  }
  expect(flow).toEqual(['pause']);
});

test('after a slow read the next ones are passed on in parts, one a turn, and the end after the last', async () => {
  let perByte = 12 / 8192;
  const { made, add, flow, texts } = gathering();
  const slow = createGathering(
    (bytes) => {
      work(bytes.length * perByte);
      made.add(bytes);
    },
    { pause: () => void flow.push('pause'), resume: () => void flow.push('resume') },
    now,
  );
  slow.add(Buffer.from(LARGE));
  const done: string[] = [];
  slow.flush(() => undefined);
  await loopTurn();
  slow.add(Buffer.from('abcd'.repeat(8192)));
  slow.flush(() => void done.push('done'));
  const turns: number[] = [];
  while (done.length === 0) {
    const before = time;
    await loopTurn();
    turns.push(time - before);
  }
  // The whole read takes 48 milliseconds.
  expect(turns.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...turns)).toBeLessThanOrEqual(10);
  expect(texts().join('')).toBe(LARGE + 'abcd'.repeat(8192));
  expect([flow[0], flow.at(-1)]).toEqual(['pause', 'resume']);
  perByte = 0;
  add('z');
  await turn();
  expect(texts().at(-1)).toBe('z');
});

test('small reads never pause the socket', () => {
  const { add, flow, flush } = gathering(() => work(12));
  add('x');
  expect([flush(), flow]).toEqual([true, []]);
});

test('what arrives while bytes are passed on comes after them, and the end comes last', async () => {
  const order: string[] = [];
  const made = createGathering(
    (bytes) => {
      order.push(`${String(bytes).slice(0, 1)}${bytes.length}`);
      work(4);
      // A reader that resumes the socket gets the next read, and the end, before it returns.
      if (order.length > 1) return;
      made.add(Buffer.from('b'.repeat(5000)));
      made.flush(() => void order.push('end'));
    },
    { pause: () => undefined, resume: () => undefined },
    now,
  );
  made.add(Buffer.from('a'.repeat(70_000)));
  while (!order.includes('end')) await loopTurn();
  expect(order).toEqual(['a65536', 'a4464', 'b4096', 'b904', 'end']);
});
