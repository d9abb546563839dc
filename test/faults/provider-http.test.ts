import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatCompletion, type Script, startScriptedUpstream } from '../../src/testing/index.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { startListener } from '../helpers/listener.ts';
import { turns } from './wire.ts';

const CANARY = 'canary-of-the-provider';
const ANSWER = JSON.stringify(chatCompletion({ content: 'good' }).body);
const JSON_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-canary: ${CANARY}\r\n`;
const LENGTH = `content-length: ${ANSWER.length}\r\n`;
const BODY = ANSWER.replace('good', CANARY);
const BODY_LENGTH = `content-length: ${BODY.length}\r\n`;

/** A first entry on a bare socket, which `onRequest` answers once the body of a request has arrived, and a second entry that answers. */
async function withRawProvider(onRequest: (socket: Socket, n: number) => void, options: RigOptions = {}) {
  let requests = 0;
  const listener = await startListener((socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (!received.includes('\r\n\r\n') || !received.endsWith('}')) return;
      received = '';
      onRequest(socket, requests++);
    });
  });
  const next = await startScriptedUpstream({ script: chatCompletion({ content: 'good' }) });
  const rig = await startRig([], {
    ...options,
    config: {
      providers: {
        a: { baseUrl: `http://127.0.0.1:${listener.port}/v1`, apiKey: 'none' },
        b: { baseUrl: next.baseUrl, apiKey: 'none' },
      },
      chains: { default: { ...options.chain, entries: ['a/m', 'b/m'] } },
    },
  });
  return {
    rig,
    listener,
    next,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await next.close();
    },
  };
}

async function send({ url }: Rig, stream = false) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, stream });
  const text = await response.text();
  const headers = [...response.headers].flat().join('\n');
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text, headers };
}

/** Advances the clock by a second at a time until a promise settles, with turns of the event loop between for the replies. */
async function advancing<Result>(clock: FakeClock, pending: Promise<Result>): Promise<Result> {
  const state = { settled: false };
  const watched = pending.finally(() => (state.settled = true));
  while (!state.settled) {
    clock.advance(1000);
    await turns(50);
  }
  return watched;
}

describe('HE-14 a malformed head is not an answer: the next entry is tried, and the client receives nothing of it', () => {
  const HEADS: Readonly<Record<string, string | Buffer>> = {
    'a NUL in a value': `${JSON_HEAD}x-a: a\0b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a bare CR in a value': `${JSON_HEAD}x-a: a\rb\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a control character in a value': `${JSON_HEAD}x-a: a\u0007b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a control character in a name': `${JSON_HEAD}x-\u0001a: b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a space before the colon': `${JSON_HEAD}x-a : b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a line without a colon': `${JSON_HEAD}nonsense\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a value of 70 KB': `${JSON_HEAD}x-a: ${'a'.repeat(70_000)}\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a name of 70 KB': `${JSON_HEAD}${'a'.repeat(70_000)}: a\r\n${BODY_LENGTH}\r\n${BODY}`,
    '10,000 lines': `${JSON_HEAD}${'a: b\r\n'.repeat(10_000)}${BODY_LENGTH}\r\n${BODY}`,
    '10,000 empty lines of headers': `${JSON_HEAD}${'a:\r\n'.repeat(10_000)}${BODY_LENGTH}\r\n${BODY}`,
    'a negative length': `${JSON_HEAD}content-length: -1\r\n\r\n${BODY}`,
    'a length that is not a number': `${JSON_HEAD}content-length: 1e3\r\n\r\n${BODY}`,
    'a length that overflows': `${JSON_HEAD}content-length: ${'9'.repeat(30)}\r\n\r\n${BODY}`,
    'two lengths': `${JSON_HEAD}${BODY_LENGTH}content-length: 3\r\n\r\n${BODY}`,
    'two lengths in one line': `${JSON_HEAD}content-length: ${BODY.length}, 3\r\n\r\n${BODY}`,
    'a length and chunks': `${JSON_HEAD}${BODY_LENGTH}transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    'a chunk size that is not a number': `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`,
    'a chunk size that overflows': `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n${'f'.repeat(30)}\r\n${BODY}`,
    'status 99': `HTTP/1.1 99 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 000': `HTTP/1.1 000 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 999': `HTTP/1.1 999 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 600': `HTTP/1.1 600 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 2000': `HTTP/1.1 2000 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 2': `HTTP/1.1 2 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status -200': `HTTP/1.1 -200 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 100 and nothing after it': `HTTP/1.1 100 Continue\r\n\r\n`,
    'status 101': `HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n${BODY}`,
    'status 204': `HTTP/1.1 204 None\r\nx-canary: ${CANARY}\r\n\r\n`,
    'HTTP/0.9': BODY,
    'HTTP/3.7': `HTTP/3.7 200 OK\r\n${BODY_LENGTH}\r\n${BODY}`,
    'an HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'an HTTP/2 frame': Buffer.from([0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, 0, 4]),
    'a TLS hello': Buffer.from('16030100a5010000a10303', 'hex'),
    'an SSH greeting': 'SSH-2.0-OpenSSH_9.9\r\n',
    nothing: '',
  };
  test.each(Object.entries(HEADS))('%s', async (_, bytes) => {
    for (const stream of [false, true]) {
      await using set = await withRawProvider((socket) => void socket.end(bytes));
      const { status, provider, text, headers } = await send(set.rig, stream);
      expect([status, provider]).toEqual([200, 'b']);
      expect(text + headers).not.toContain(CANARY);
      expect(text).toContain('good');
      expect(set.requests()).toBe(1);
      expect(await send(set.rig, stream)).toMatchObject({ status: 200, provider: 'b' });
    }
  });

  test('a folded line and bytes beyond ASCII are accepted, and no header is forwarded', async () => {
    const head = Buffer.from(`${JSON_HEAD}x-a: b\r\n  folded\r\nx-b: \xff\xfe\r\n${LENGTH}\r\n${ANSWER}`, 'latin1');
    await using set = await withRawProvider((socket) => void socket.end(head));
    const { status, text, headers } = await send(set.rig);
    expect([status, text.includes('good'), /canary|x-a|x-b/.test(headers)]).toEqual([200, true, false]);
  });
});

describe('BP-07 bodies of error replies', () => {
  const STATUSES = [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 301, 308];

  const refusing: Script = (_, n) => ({
    status: STATUSES[n % STATUSES.length],
    headers: { location: 'http://127.0.0.1:1/' },
    // Some exceed what the gateway reads, so that the rest stays on the socket.
    body: 'x'.repeat(n % 3 === 0 ? 300_000 : 10),
  });

  test('block no connection and no request, whatever the status', async () => {
    const many = 300;
    await using rig = await startRig([refusing, chatCompletion({ content: 'good' })], { chain: { deadline: '15s' } });
    for (let n = 0; n < many; n += 20) {
      const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await send(rig)).status));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    }
    await rig.upstreams[0]?.until(({ hits }) =>
      hits.every(({ closedAt, endedAt }) => (closedAt ?? endedAt) !== undefined),
    );
  });

  test('are read up to 64 KB, then cut when they are endless', async () => {
    const seen = { sent: 0, closed: 0 };
    await using set = await withRawProvider((socket) => {
      socket.once('close', () => seen.closed++);
      socket.write('HTTP/1.1 500 no\r\ntransfer-encoding: chunked\r\n\r\n');
      const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(piece)) seen.sent += piece.length;
      };
      socket.on('drain', pour);
      pour();
    });
    for (let n = 0; n < 5; n++) expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    while (seen.closed < 5) await turns(1);
    expect(seen.sent / 5).toBeLessThan(8 * 1024 * 1024);
  });

  test('that never arrive do not delay failover beyond their timeout', async () => {
    const clock = fakeClock();
    await using set = await withRawProvider(
      (socket) => void socket.write('HTTP/1.1 500 no\r\ncontent-length: 10\r\n\r\nx'),
      {
        clock,
      },
    );
    const pending = send(set.rig);
    while (set.requests() === 0) await turns(1);
    expect(await advancing(clock, pending)).toMatchObject({ status: 200, provider: 'b' });
  });
});

describe('informational heads before the final one', () => {
  const HINTS = `HTTP/1.1 103 Early Hints\r\nx-canary: ${CANARY}\r\n\r\n`;

  test('are skipped, and nothing of them is forwarded', async () => {
    const bytes =
      `${HINTS}HTTP/1.1 100 Continue\r\nx-canary: ${CANARY}\r\n\r\n`.repeat(16) + JSON_HEAD + LENGTH + '\r\n' + ANSWER;
    await using set = await withRawProvider((socket) => void socket.end(bytes));
    const { status, provider, text, headers } = await send(set.rig);
    expect([status, provider, text.includes('good')]).toEqual([200, 'a', true]);
    expect(text + headers).not.toContain(CANARY);
  });

  test('without an end are cut at once, and the next entry is tried', async () => {
    const seen = { sent: 0, closed: 0 };
    await using set = await withRawProvider((socket) => {
      socket.once('close', () => seen.closed++);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(HINTS.repeat(100))) seen.sent += 100;
      };
      socket.on('drain', pour);
      pour();
    });
    expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    expect((await set.rig.ended()).trail[0]).toMatchObject({ outcome: 'malformed' });
    while (seen.closed === 0) await turns(1);
    expect(seen.sent).toBeLessThan(1_000_000);
  });

  test('that trickle do not extend the timeout of the final head', async () => {
    const clock = fakeClock();
    await using set = await withRawProvider((socket) => void socket.write(HINTS), {
      clock,
      chain: { timeouts: { headers: '5s' } },
    });
    const pending = send(set.rig);
    while (set.requests() === 0) await turns(1);
    await advancing(clock, pending);
    expect((await set.rig.ended()).trail[0]).toMatchObject({ outcome: 'unreachable' });
  });
});

describe('CH-12 a keep-alive socket that is reused', () => {
  const KEPT = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${LENGTH}\r\n${ANSWER}`;

  test('and breaks is replaced once by a fresh one, and then the next entry is tried', async () => {
    // The reused socket is reset, and so is the fresh one of the retry.
    const resets = new Set([1, 2]);
    await using set = await withRawProvider((socket, n) => {
      if (resets.has(n)) socket.resetAndDestroy();
      else socket.write(KEPT);
    });
    const providers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      providers.push((await send(set.rig)).provider);
      await turns(5);
    }
    expect(providers).toEqual(['a', 'b', 'a']);
    // The first, the second with its one retry, the third.
    expect(set.requests()).toBe(4);
  });

  test('and whose client disconnects during the retry is closed', async () => {
    await using set = await withRawProvider((socket, n) => {
      if (n === 0) socket.write(KEPT);
      else if (n === 1) socket.resetAndDestroy();
    });
    await send(set.rig);
    await turns(5);
    const controller = new AbortController();
    const pending = post(fetch, `${set.rig.url}/v1/chat/completions`, HELLO, { signal: controller.signal }).catch(
      () => undefined,
    );
    while (set.requests() < 3) await turns(1);
    controller.abort();
    await pending;
    expect(await set.rig.ended(1)).toMatchObject({ code: 'client_closed' });
    while (set.listener.open() > 0) await turns(1);
    expect(set.requests()).toBe(3);
  });

  test('is the only one that is replaced: a fresh socket that breaks is not', async () => {
    await using set = await withRawProvider((socket) => void socket.resetAndDestroy());
    expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    expect(set.requests()).toBe(1);
  });

  test('and breaks after a byte of the reply is not replaced', async () => {
    await using set = await withRawProvider((socket, n) => {
      if (n === 0) socket.write(KEPT);
      else socket.write(KEPT.slice(0, -5), () => socket.resetAndDestroy());
    });
    expect((await send(set.rig)).provider).toBe('a');
    expect((await send(set.rig)).provider).toBe('b');
    expect(set.requests()).toBe(2);
  });

  test('and is closed at the same time causes no error', async () => {
    const many = 400;
    let closed = 0;
    await using set = await withRawProvider((socket) => {
      // The FIN crosses the next request.
      socket.write(KEPT, () => {
        if (closed++ % 2 === 0) setImmediate(() => socket.end());
      });
    });
    for (let n = 0; n < many; n++) expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'a' });
    expect(set.requests()).toBeLessThanOrEqual(2 * many);
  });

  test('is not reused when its server announces a timeout of one second', async () => {
    await using set = await withRawProvider((socket) => {
      socket.write(KEPT.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n'));
    });
    for (let n = 0; n < 5; n++) expect((await send(set.rig)).provider).toBe('a');
    expect(set.listener.connects()).toBe(5);
  });

  test('is replaced under the same address guard as every connection', async () => {
    let lookups = 0;
    await using listener = await startListener((socket) => {
      let first = true;
      socket.on('data', () => {
        if (first) socket.write(KEPT);
        else socket.resetAndDestroy();
        first = false;
      });
    });
    await using rig = await startRig([], {
      config: {
        providers: { a: { baseUrl: `http://provider.test:${listener.port}/v1`, apiKey: 'none', private: true } },
        chains: { default: { entries: ['a/m'] } },
      },
      lookup(_, __, callback) {
        callback(null, [{ address: lookups++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
      },
    });
    expect((await send(rig)).status).toBe(200);
    await turns(5);
    expect((await send(rig)).status).toBe(503);
    expect([lookups, listener.connects()]).toEqual([2, 1]);
  });
});
