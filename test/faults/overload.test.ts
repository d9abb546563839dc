import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { logEvents } from '../../src/observe/log.ts';
import { chatCompletion, chatStream, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { DOORS, MOUNTED_DOORS, textOf } from '../helpers/doors.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { lateClock } from '../helpers/late-clock.ts';
import { parseScrape } from '../helpers/metrics.ts';
import { temporaryFolder } from '../helpers/store.ts';

/** A rig whose upstream answers JSON once it is let go, and streams at once. */
async function startFullRig(maxRequests: number, { words = 2, ...options }: RigOptions & { words?: number } = {}) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const script = async ({ body }: ScriptedRequest): Promise<Reply> => {
    if (body.includes('"stream":true')) return chatStream({ content: textOfWords(words), delay: 5 });
    await promise;
    return chatCompletion({ content: 'ok' });
  };
  const { config } = options;
  const rig = await startRig([script], {
    ...options,
    config: { ...config, server: { maxRequests, ...config?.server } },
  });
  return Object.assign(rig, { release: () => resolve() });
}

const textOfWords = (words: number): string => Array.from({ length: words }, (_, n) => `w${n} `).join('');

const hits = (rig: Rig, many: number): Promise<void> | undefined =>
  rig.upstreams[0]?.until(({ hits: all }) => all.length >= many);

const get = (rig: Rig, path: string, init: RequestInit = {}): Promise<Response> => fetch(`${rig.url}${path}`, init);
const ask = (rig: Rig, fields: object = {}, init: RequestInit = {}): Promise<Response> =>
  post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, ...fields }, init);

describe.each(['REST over HTTP', 'tRPC by our client'])(
  'with one stream and 60 requests at once through %s',
  (name) => {
    test('19 are sent, 41 are refused at once, the stream is whole and the process is alive', async () => {
      await using rig = await startFullRig(20, { words: 80 });
      const door = DOORS[name]!;
      const begun = Promise.withResolvers<void>();
      const stream = door.stream(rig, HELLO, { onChunk: () => begun.resolve() });
      await begun.promise;
      const answers = Array.from({ length: 60 }, () => door.create(rig, HELLO));
      const refused: number[] = [];
      for (const answer of answers)
        void answer.then(({ status, code }) => void (status === 503 && code === 'overloaded' && refused.push(status)));
      await hits(rig, 20);
      await expect.poll(() => refused.length).toBe(41);
      expect(hitsOf(rig)).toEqual([20]);
      const probes = await Promise.all(['/livez', '/readyz', '/metrics', '/v1/limits'].map((path) => get(rig, path)));
      probes.push(await post(fetch, `${rig.url}/v1/chains/explain`, HELLO));
      expect(probes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      rig.release();
      const all = await Promise.all(answers);
      expect(all.filter(({ status }) => status === 200)).toHaveLength(19);
      expect(textOf(await stream)).toBe(textOfWords(80));
      // All places are free again.
      expect((await door.create(rig, HELLO)).status).toBe(200);
      expect(hitsOf(rig)).toEqual([21]);
    });
  },
);

describe('a refused request', () => {
  test('is answered before its body, in the shape of its API, and says when to return', async () => {
    await using rig = await startFullRig(1, { random: () => 0.5 });
    const running = ask(rig);
    await hits(rig, 1);
    const openai = await ask(rig);
    expect([openai.status, openai.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await openai.json()).toMatchObject({ error: { code: 'overloaded', type: 'server_error' } });
    const anthropic = await post(fetch, `${rig.url}/v1/messages`, { ...HELLO, max_tokens: 5 });
    expect([anthropic.status, anthropic.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
    const trpc = await post(fetch, `${rig.url}/trpc/chat.completions.create`, HELLO);
    expect([trpc.status, trpc.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await trpc.json()).toMatchObject({ error: { data: { code: 'overloaded', retryAfter: 3 } } });
    expect(await exchanged(rig, '')).toMatch(/^HTTP\/1.1 503 [^]*connection: close[^]*"code":"overloaded"/i);
    // What has arrived as a whole costs no new connection.
    expect(await exchanged(rig, 'x'.repeat(100))).not.toMatch(/connection: close/i);
    rig.release();
    expect((await running).status).toBe(200);
    expect(rig.codes()).toEqual(['ok', ...Array.from({ length: 5 }, () => 'overloaded')]);
  });

  test('is counted, and the level has one event and one line for each change', async () => {
    const lines: unknown[] = [];
    const log = (level: string) => (fields: object, message: string) => {
      if (message === 'overload_changed') lines.push([level, fields]);
    };
    const written = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    const clock = lateClock();
    await using rig = await startFullRig(2, { clock, onEvent: logEvents(written, { vendorMessages: () => false }) });
    const running = [ask(rig), ask(rig)];
    await hits(rig, 2);
    for (let n = 0; n < 3; n++) expect((await ask(rig)).status).toBe(503);
    const scraped = parseScrape(await (await get(rig, '/metrics')).text());
    expect(scraped.count('spillway_overload_level')).toBe(3);
    expect(scraped.count('spillway_request_places_used')).toBe(2);
    expect(scraped.count('spillway_request_places')).toBe(2);
    expect(scraped.count('spillway_overload_refusals_total', { reason: 'max_requests' })).toBe(3);
    rig.release();
    await Promise.all(running);
    clock.advance(7000);
    const facts = { requests: 2, maxRequests: 2 };
    expect(lines).toEqual([
      ['warn', expect.objectContaining({ level: 3, previous: 0, ...facts })],
      ['info', expect.objectContaining({ level: 0, previous: 3, ...facts, requests: 0 })],
    ]);
  });
});

/** What a request gets that announces a body of 100 bytes, and sends this. */
async function exchanged(rig: Rig, body: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (piece: string) => {
    text += piece;
    if (text.includes('overloaded')) resolve(text);
  });
  const head = ['POST /v1/chat/completions HTTP/1.1', 'host: localhost', 'content-type: application/json'];
  socket.write([...head, 'content-length: 100', '', body].join('\r\n'));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

describe.each(
  Object.entries({ ...DOORS, ...MOUNTED_DOORS }).filter(([name]) => !['the caller in process'].includes(name)),
)('%s', (_, door) => {
  test('refuses calls and streams beyond the places, and frees the place of each that ends', async () => {
    await using rig = await startFullRig(1);
    const running = ask(rig);
    await hits(rig, 1);
    expect(await door.create(rig, HELLO)).toMatchObject({ status: 503, code: 'overloaded' });
    expect(await door.stream(rig, HELLO)).toMatchObject({ status: 503, code: 'overloaded' });
    rig.release();
    await running;
    for (let n = 0; n < 2; n++) {
      expect((await door.create(rig, HELLO)).status).toBe(200);
      expect(textOf(await door.stream(rig, HELLO))).toBe(textOfWords(2));
    }
  });
});

test('calls in process take places and are not refused', async () => {
  await using rig = await startFullRig(1);
  const running = [1, 2].map(() => rig.gateway.caller.chat.completions.create(HELLO));
  await hits(rig, 2);
  expect((await ask(rig)).status).toBe(503);
  rig.release();
  await Promise.all(running);
  expect((await ask(rig)).status).toBe(200);
});

test('a request that is refused for its key or its body, or whose client disconnects, holds no place', async () => {
  await using rig = await startFullRig(1, {
    config: { auth: { keys: [{ name: 'one', key: 'key-one-0123456789abcdef' }] } },
  });
  const own = { headers: { authorization: 'Bearer key-one-0123456789abcdef' } };
  for (let n = 0; n < 3; n++) {
    expect((await ask(rig)).status).toBe(401);
    expect((await post(fetch, `${rig.url}/v1/chat/completions`, '{', own)).status).toBe(400);
    expect((await post(fetch, `${rig.url}/trpc/chat.completions.create?batch=1`, '{', own)).status).toBe(400);
  }
  const leaving = new AbortController();
  const left = ask(rig, {}, { ...own, signal: leaving.signal });
  await hits(rig, 1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await rig.ended(9);
  rig.release();
  expect((await ask(rig, {}, own)).status).toBe(200);
});

test('each call of a batch takes a place, and a batch that has too few takes none', async () => {
  await using rig = await startFullRig(3);
  const batch = (calls: number): Promise<Response> =>
    post(
      fetch,
      `${rig.url}/trpc/${Array.from({ length: calls }, () => 'chat.completions.create').join(',')}?batch=1`,
      Object.fromEntries(Array.from({ length: calls }, (_, n) => [n, HELLO])),
    );
  expect((await batch(4)).status).toBe(503);
  const running = batch(2);
  await hits(rig, 2);
  expect([(await batch(2)).status, hitsOf(rig)]).toEqual([503, [2]]);
  const third = ask(rig);
  await hits(rig, 3);
  expect((await ask(rig)).status).toBe(503);
  rig.release();
  expect([(await running).status, (await third).status]).toEqual([200, 200]);
  expect((await batch(3)).status).toBe(200);
});

test('a run holds the place of the request that made it until its end; its readers and its cancel need none', async () => {
  await using rig = await startFullRig(1, { words: 80 });
  const { runs } = createClient({ url: rig.url });
  const run = await runs.create(HELLO);
  expect((await ask(rig)).status).toBe(503);
  await expect(runs.create(HELLO)).rejects.toMatchObject({ code: 'overloaded' });
  expect((await get(rig, `/v1/runs/${run.id}`)).status).toBe(200);
  const reader = await get(rig, `/v1/runs/${run.id}/events`);
  expect([reader.status, (await reader.text()).includes('[DONE]')]).toEqual([200, true]);
  rig.release();
  expect((await ask(rig)).status).toBe(200);

  const other = await runs.create(HELLO);
  expect((await ask(rig)).status).toBe(503);
  expect((await runs.cancel({ runId: other.id })).status).toBe('cancelled');
  await expect.poll(async () => (await ask(rig)).status).toBe(200);
});

describe('readiness', () => {
  test.each([
    ['stays while the gateway is full', undefined, [200, 200, 200]],
    ['ends after 10 seconds of a full gateway where readyWhenFull is false', false, [200, 503, 200]],
  ])('%s', async (_, readyWhenFull, statuses) => {
    const clock = lateClock();
    await using rig = await startFullRig(1, { clock, config: { server: { readyWhenFull } } });
    const running = ask(rig);
    await hits(rig, 1);
    const seen: number[] = [];
    clock.advance(9900);
    seen.push((await get(rig, '/readyz')).status);
    clock.advance(200);
    seen.push((await get(rig, '/readyz')).status);
    rig.release();
    await running;
    clock.advance(7000);
    seen.push((await get(rig, '/readyz')).status);
    expect(seen).toEqual(statuses);
  });
});

const KEYS: NonNullable<ConfigInput['auth']> = {
  keys: [
    { name: 'one', key: 'key-one-0123456789abcdef' },
    { name: 'low', key: 'key-low-0123456789abcdef', priority: 'low' },
    { name: 'admin', key: 'key-admin-0123456789abcdef', role: 'admin' },
  ],
};
const by = (name: string): RequestInit => ({ headers: { authorization: `Bearer key-${name}-0123456789abcdef` } });

describe('while the event loop is late', () => {
  test('keys of low priority are refused, of the file and of the store, until it is in time again', async () => {
    const clock = lateClock();
    using folder = temporaryFolder();
    await using rig = await startFullRig(10, {
      clock,
      config: { auth: KEYS, store: { url: `sqlite:${folder.file}` } },
    });
    const made = await post(fetch, `${rig.url}/v1/keys`, { name: 'batch', priority: 'low' }, by('admin'));
    const stored = (await made.json()) as { id: string; secret: string; priority: string };
    expect(stored.priority).toBe('low');
    const batch = { headers: { authorization: `Bearer ${stored.secret}` } };
    const running = [ask(rig, {}, by('low'))];
    await hits(rig, 1);
    clock.late = 200;
    clock.advance(3000);
    const refused = await Promise.all([ask(rig, {}, by('low')), ask(rig, {}, batch)]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    running.push(ask(rig, {}, by('one')));
    await hits(rig, 2);
    clock.late = 0;
    clock.advance(7000);
    running.push(ask(rig, {}, batch));
    await hits(rig, 3);
    rig.release();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('a key that had all places gets half of them', async () => {
    const clock = lateClock();
    await using rig = await startFullRig(4, { clock, config: { auth: KEYS } });
    const running = [ask(rig, {}, by('one')), ask(rig, {}, by('one'))];
    await hits(rig, 2);
    clock.late = 200;
    clock.advance(3000);
    expect((await ask(rig, {}, by('one'))).status).toBe(503);
    running.push(ask(rig, {}, by('admin')));
    await hits(rig, 3);
    rig.release();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('nothing is hedged', async () => {
    const clock = lateClock();
    const first = Promise.withResolvers<Reply>();
    await using rig = await startRig([() => first.promise, chatStream({ content: 'ok' })], {
      clock,
      chain: { hedge: { after: '5s' } },
    });
    const answer = ask(rig, { stream: true });
    await hits(rig, 1);
    clock.late = 100;
    clock.advance(20_000);
    first.resolve(chatStream({ content: 'late' }));
    expect(await (await answer).text()).toContain('late');
    expect(hitsOf(rig)).toEqual([1, 0]);
  });

  test.each([
    ['not tried again while another one is left', 2, [1, 2]],
    ['tried again where it is the only one', 1, [2]],
  ])('an overloaded entry is %s', async (_, entries, times) => {
    const clock = lateClock();
    const first = Promise.withResolvers<Reply>();
    const fails = openaiError(503, 'overloaded');
    const ok = chatCompletion({ content: 'ok' });
    const script = (_request: ScriptedRequest, n: number): Reply | Promise<Reply> => (n === 0 ? first.promise : ok);
    await using rig = await startRig([script, [fails, ok]].slice(0, entries), {
      clock,
      random: () => 0,
      chain: { retry: { overloaded: 1, backoff: '1ms' } },
    });
    const answer = ask(rig);
    await hits(rig, 1);
    clock.late = 100;
    clock.advance(3000);
    first.resolve(fails);
    await expect
      .poll(() => {
        clock.advance(10);
        return hitsOf(rig);
      })
      .toEqual(times);
    expect((await answer).status).toBe(200);
  });
});
