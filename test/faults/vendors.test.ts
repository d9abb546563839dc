import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatCompletion, type Script, startScriptedUpstream } from '../../src/testing/index.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { HELLO, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { startListener } from '../helpers/listener.ts';
import { turns } from './wire.ts';

const CANARY = 'canary-of-the-vendor';
const ANSWER = JSON.stringify(chatCompletion({ content: 'good' }).body);
const JSON_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-canary: ${CANARY}\r\n`;
const LENGTH = `content-length: ${ANSWER.length}\r\n`;
const BODY = ANSWER.replace('good', CANARY);
const BODY_LENGTH = `content-length: ${BODY.length}\r\n`;

/** A vendor on a bare socket, told of each request when its body is there, and a second entry that answers. */
async function withVendor(onRequest: (socket: Socket, n: number) => void, options: RigOptions = {}) {
  let requests = 0;
  const vendor = await startListener((socket) => {
    let got = '';
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
      if (!got.includes('\r\n\r\n') || !got.endsWith('}')) return;
      got = '';
      onRequest(socket, requests++);
    });
  });
  const next = await startScriptedUpstream({ script: chatCompletion({ content: 'good' }) });
  const rig = await startRig([], {
    ...options,
    config: {
      providers: {
        a: { baseUrl: `http://127.0.0.1:${vendor.port}/v1`, apiKey: 'none' },
        b: { baseUrl: next.baseUrl, apiKey: 'none' },
      },
      chains: { default: { ...options.chain, entries: ['a/m', 'b/m'] } },
    },
  });
  return {
    rig,
    vendor,
    next,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await vendor[Symbol.asyncDispose]();
      await next.close();
    },
  };
}

async function ask({ url }: Rig, stream = false) {
  const response = await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, stream });
  const text = await response.text();
  const headers = [...response.headers].flat().join('\n');
  return { status: response.status, provider: response.headers.get('x-spillway-provider'), text, headers };
}

/** Lets time go by until something is there, a second at a time, with turns enough between for whoever is asked to answer in it. */
async function advancing<Result>(clock: FakeClock, asked: Promise<Result>): Promise<Result> {
  const state = { over: false };
  const watched = asked.finally(() => (state.over = true));
  while (!state.over) {
    clock.advance(1000);
    await turns(50);
  }
  return watched;
}

describe('HE-14 a head that is not one is no answer: the next entry is asked, and the caller sees nothing of it', () => {
  const HEADS: Readonly<Record<string, string | Buffer>> = {
    'a NUL in a value': `${JSON_HEAD}x-a: a\0b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a bare CR in a value': `${JSON_HEAD}x-a: a\rb\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a control character in a value': `${JSON_HEAD}x-a: a\u0007b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a control character in a name': `${JSON_HEAD}x-\u0001a: b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a blank before the colon': `${JSON_HEAD}x-a : b\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a line without a colon': `${JSON_HEAD}nonsense\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a value of 70 KB': `${JSON_HEAD}x-a: ${'a'.repeat(70_000)}\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a name of 70 KB': `${JSON_HEAD}${'a'.repeat(70_000)}: a\r\n${BODY_LENGTH}\r\n${BODY}`,
    '10,000 lines': `${JSON_HEAD}${'a: b\r\n'.repeat(10_000)}${BODY_LENGTH}\r\n${BODY}`,
    '10,000 empty lines of headers': `${JSON_HEAD}${'a:\r\n'.repeat(10_000)}${BODY_LENGTH}\r\n${BODY}`,
    'a negative length': `${JSON_HEAD}content-length: -1\r\n\r\n${BODY}`,
    'a length that is no number': `${JSON_HEAD}content-length: 1e3\r\n\r\n${BODY}`,
    'a length past all numbers': `${JSON_HEAD}content-length: ${'9'.repeat(30)}\r\n\r\n${BODY}`,
    'two lengths': `${JSON_HEAD}${BODY_LENGTH}content-length: 3\r\n\r\n${BODY}`,
    'two lengths in one': `${JSON_HEAD}content-length: ${BODY.length}, 3\r\n\r\n${BODY}`,
    'a length and chunks': `${JSON_HEAD}${BODY_LENGTH}transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    'a size of a chunk that is no number': `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`,
    'a size of a chunk past all numbers': `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n${'f'.repeat(30)}\r\n${BODY}`,
    'status 99': `HTTP/1.1 99 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 000': `HTTP/1.1 000 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 999': `HTTP/1.1 999 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 600': `HTTP/1.1 600 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 2000': `HTTP/1.1 2000 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 2': `HTTP/1.1 2 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status -200': `HTTP/1.1 -200 x\r\n${BODY_LENGTH}\r\n${BODY}`,
    'status 100 for good': `HTTP/1.1 100 Continue\r\n\r\n`,
    'status 101': `HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n${BODY}`,
    'status 204': `HTTP/1.1 204 None\r\nx-canary: ${CANARY}\r\n\r\n`,
    'HTTP/0.9': BODY,
    'HTTP/3.7': `HTTP/3.7 200 OK\r\n${BODY_LENGTH}\r\n${BODY}`,
    'a preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a frame of HTTP/2': Buffer.from([0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, 0, 4]),
    'a hello of TLS': Buffer.from('16030100a5010000a10303', 'hex'),
    'a greeting of SSH': 'SSH-2.0-OpenSSH_9.9\r\n',
    nothing: '',
  };
  test.each(Object.entries(HEADS))('%s', async (_, bytes) => {
    for (const stream of [false, true]) {
      await using set = await withVendor((socket) => void socket.end(bytes));
      const { status, provider, text, headers } = await ask(set.rig, stream);
      expect([status, provider]).toEqual([200, 'b']);
      expect(text + headers).not.toContain(CANARY);
      expect(text).toContain('good');
      expect(set.requests()).toBe(1);
      expect(await ask(set.rig, stream)).toMatchObject({ status: 200, provider: 'b' });
    }
  });

  test('a folded line and bytes past ASCII break nothing, and no header passes', async () => {
    const head = Buffer.from(`${JSON_HEAD}x-a: b\r\n  folded\r\nx-b: \xff\xfe\r\n${LENGTH}\r\n${ANSWER}`, 'latin1');
    await using set = await withVendor((socket) => void socket.end(head));
    const { status, text, headers } = await ask(set.rig);
    expect([status, text.includes('good'), /canary|x-a|x-b/.test(headers)]).toEqual([200, true, false]);
  });
});

describe('BP-07 bodies that nobody reads', () => {
  const STATUSES = [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 301, 308];

  const refusing: Script = (_, n) => ({
    status: STATUSES[n % STATUSES.length],
    headers: { location: 'http://127.0.0.1:1/' },
    // Some past what is read, so that the rest is left on the socket.
    body: 'x'.repeat(n % 3 === 0 ? 300_000 : 10),
  });

  test('hold no connection and no request up, whatever the status', async () => {
    const many = 300;
    await using rig = await startRig([refusing, chatCompletion({ content: 'good' })], { chain: { deadline: '15s' } });
    for (let n = 0; n < many; n += 20) {
      const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(rig)).status));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    }
    await rig.upstreams[0]?.until(({ hits }) =>
      hits.every(({ closedAt, endedAt }) => (closedAt ?? endedAt) !== undefined),
    );
  });

  test('are read up to 64 KB and then left, without an end in sight', async () => {
    const seen = { sent: 0, closed: 0 };
    await using set = await withVendor((socket) => {
      socket.once('close', () => seen.closed++);
      socket.write('HTTP/1.1 500 no\r\ntransfer-encoding: chunked\r\n\r\n');
      const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(piece)) seen.sent += piece.length;
      };
      socket.on('drain', pour);
      pour();
    });
    for (let n = 0; n < 5; n++) expect(await ask(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    while (seen.closed < 5) await turns(1);
    expect(seen.sent / 5).toBeLessThan(8 * 1024 * 1024);
  });

  test('that never come are not waited for past their time', async () => {
    const clock = fakeClock();
    await using set = await withVendor(
      (socket) => void socket.write('HTTP/1.1 500 no\r\ncontent-length: 10\r\n\r\nx'),
      {
        clock,
      },
    );
    const asked = ask(set.rig);
    while (set.requests() === 0) await turns(1);
    const told = await advancing(clock, asked);
    expect(told).toMatchObject({ status: 200, provider: 'b' });
  });
});

describe('heads before the head', () => {
  const HINTS = `HTTP/1.1 103 Early Hints\r\nx-canary: ${CANARY}\r\n\r\n`;

  test('are passed over, and nothing of them is shown', async () => {
    const bytes = HINTS.repeat(20) + JSON_HEAD + LENGTH + '\r\n' + ANSWER;
    await using set = await withVendor((socket) => void socket.end(bytes));
    const { status, provider, text, headers } = await ask(set.rig);
    expect([status, provider, text.includes('good')]).toEqual([200, 'a', true]);
    expect(text + headers).not.toContain(CANARY);
  });

  test('without an end are left at once, and the next entry is asked', async () => {
    const seen = { sent: 0, closed: 0 };
    await using set = await withVendor((socket) => {
      socket.once('close', () => seen.closed++);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(HINTS.repeat(100))) seen.sent += 100;
      };
      socket.on('drain', pour);
      pour();
    });
    expect(await ask(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    expect((await set.rig.ended()).trail[0]).toMatchObject({ outcome: 'malformed' });
    while (seen.closed === 0) await turns(1);
    expect(seen.sent).toBeLessThan(1_000_000);
  });

  test('that trickle do not lengthen the time to the head', async () => {
    const clock = fakeClock();
    await using set = await withVendor((socket) => void socket.write(HINTS), {
      clock,
      chain: { timeouts: { headers: '5s' } },
    });
    const asked = ask(set.rig);
    while (set.requests() === 0) await turns(1);
    await advancing(clock, asked);
    expect((await set.rig.ended()).trail[0]).toMatchObject({ outcome: 'unreachable' });
  });
});

describe('CH-12 a socket that is used again', () => {
  const KEPT = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${LENGTH}\r\n${ANSWER}`;

  test('and breaks is tried on a fresh one once, and then the next entry is asked', async () => {
    // Every second request of all is reset: the retry of one, too, when it is.
    const resets = new Set([1, 2]);
    await using set = await withVendor((socket, n) => {
      if (resets.has(n)) socket.resetAndDestroy();
      else socket.write(KEPT);
    });
    const providers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      providers.push((await ask(set.rig)).provider);
      await turns(5);
    }
    expect(providers).toEqual(['a', 'b', 'a']);
    // One, one and its one retry, one.
    expect(set.requests()).toBe(4);
  });

  test('and whose retry is left by its caller is left too', async () => {
    await using set = await withVendor((socket, n) => {
      if (n === 0) socket.write(KEPT);
      else if (n === 1) socket.resetAndDestroy();
    });
    await ask(set.rig);
    await turns(5);
    const controller = new AbortController();
    const left = post(fetch, `${set.rig.url}/v1/chat/completions`, HELLO, { signal: controller.signal }).catch(
      () => undefined,
    );
    while (set.requests() < 3) await turns(1);
    controller.abort();
    await left;
    expect(await set.rig.ended(1)).toMatchObject({ code: 'client_closed' });
    while (set.vendor.open() > 0) await turns(1);
    expect(set.requests()).toBe(3);
  });

  test('is no excuse for a fresh one that breaks: it is not asked again', async () => {
    await using set = await withVendor((socket) => void socket.resetAndDestroy());
    expect(await ask(set.rig)).toMatchObject({ status: 200, provider: 'b' });
    expect(set.requests()).toBe(1);
  });

  test('and breaks after a byte of the reply is not asked again', async () => {
    await using set = await withVendor((socket, n) => {
      if (n === 0) socket.write(KEPT);
      else socket.write(KEPT.slice(0, -5), () => socket.resetAndDestroy());
    });
    expect((await ask(set.rig)).provider).toBe('a');
    expect((await ask(set.rig)).provider).toBe('b');
    expect(set.requests()).toBe(2);
  });

  test('and is closed just then costs nobody an error', async () => {
    const many = 400;
    let closed = 0;
    await using set = await withVendor((socket) => {
      // The FIN crosses the next request.
      socket.write(KEPT, () => {
        if (closed++ % 2 === 0) setImmediate(() => socket.end());
      });
    });
    for (let n = 0; n < many; n++) expect(await ask(set.rig)).toMatchObject({ status: 200, provider: 'a' });
    expect(set.requests()).toBeLessThanOrEqual(2 * many);
  });

  test('is not used again when its server says that it will close it within a second', async () => {
    await using set = await withVendor((socket) => {
      socket.write(KEPT.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n'));
    });
    for (let n = 0; n < 5; n++) expect((await ask(set.rig)).provider).toBe('a');
    expect(set.vendor.connects()).toBe(5);
  });

  test('is retried by the same rules as any: with the guard of its place', async () => {
    let looked = 0;
    await using vendor = await startListener((socket) => {
      let first = true;
      socket.on('data', () => {
        if (first) socket.write(KEPT);
        else socket.resetAndDestroy();
        first = false;
      });
    });
    await using rig = await startRig([], {
      config: {
        providers: { a: { baseUrl: `http://provider.test:${vendor.port}/v1`, apiKey: 'none', private: true } },
        chains: { default: { entries: ['a/m'] } },
      },
      lookup(_, __, callback) {
        callback(null, [{ address: looked++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
      },
    });
    expect((await ask(rig)).status).toBe(200);
    await turns(5);
    expect((await ask(rig)).status).toBe(503);
    expect([looked, vendor.connects()]).toEqual([2, 1]);
  });
});
