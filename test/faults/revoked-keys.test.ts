import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { keyDigest } from '../../src/config/key-digest.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Config } from '../../src/config/schema.ts';
import type { KeySource } from '../../src/domain/principal.ts';
import type { Admission, AdmissionRequest } from '../../src/limits/admission.ts';
import { chatCompletion, chatStream, type Reply } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { readUntil, turns, written } from './wire.ts';

type Key = NonNullable<Config['auth']>['keys'][number];

const [ONE, TWO] = ['spillway-key-of-client-one', 'spillway-key-of-client-two'];
const KEYS: RigOptions = {
  config: {
    auth: {
      keys: [
        { name: 'one', key: ONE, role: 'viewer' },
        { name: 'two', key: TWO, role: 'viewer' },
      ],
    },
  },
};

/** Reloads the configuration with other keys, and nothing else changed. */
function reload(rig: Rig, change: (keys: readonly Key[]) => Key[], more: Partial<Config['auth']> = {}): void {
  const { config } = rig.gateway;
  const keys = change(config.auth?.keys ?? []);
  rig.gateway.apply({
    ok: true,
    config: { ...config, auth: { ...config.auth, ...more, keys } },
    keySources: new Map(),
  });
  expect(rig.gateway.configuration.rejected).toBeUndefined();
}

const withoutOne = (keys: readonly Key[]): Key[] => keys.filter(({ name }) => name !== 'one');
const rotateOne = (keys: readonly Key[]): Key[] =>
  keys.map((each) => (each.name === 'one' ? { ...each, key: new Secret('spillway-key-rotated') } : each));

const started: Reply = { headers: STREAM, chunks: [ROLE, HI], end: 'hang' };
const silent: Reply = { head: false, end: 'hang' };
const halfJson: Reply = { headers: { 'content-type': 'application/json' }, chunks: ['{"id":'], end: 'hang' };

/** Sends a request under the key of client one. Resolves with its status and its whole body. */
interface Sent {
  readonly status: number;
  readonly text: string;
}

const send = (rig: Rig, path: string, body: unknown, key = ONE): Promise<Response> =>
  post(fetch, rig.url + path, body, { headers: { 'x-api-key': key } });

async function whole(response: Promise<Response>): Promise<Sent> {
  const { status, text } = await response.then(async (each) => ({ status: each.status, text: await each.text() }));
  return { status, text };
}

const chat = (rig: Rig, more: object = {}): Promise<Sent> =>
  whole(send(rig, '/v1/chat/completions', { ...HELLO, ...more }));

/** Resolves once so many requests have reached admission. */
type Admitted = (many: number) => Promise<void>;

/** A state of a request in which its key is revoked. */
interface State {
  readonly reply: Reply | readonly Reply[];
  readonly options?: RigOptions;
  /** Whether the request's admission is never decided. */
  readonly undecided?: boolean;
  /** Starts the request, and resolves with its result once it is in the state. Nested, so that only the state is awaited. */
  readonly start: (rig: Rig, admitted: Admitted) => Promise<{ result: Promise<Sent> }>;
  /** Status of the answer. */
  readonly status: number;
  /** Requests that the upstream has received, all of which it must see cancelled. */
  readonly hits: number;
  /** Status and code in the record. */
  readonly recorded?: number;
}

const hit = (rig: Rig): Promise<void> | undefined => rig.upstreams[0]?.until(({ hits }) => hits.length === 1);

/** Reads a stream until it has begun, and then to its end. */
async function begun(sent: Promise<Response>, text = 'Hi'): Promise<{ result: Promise<Sent> }> {
  const response = await sent;
  const reader = response.body!.getReader();
  const first = await readUntil(reader, text);
  const result = async (): Promise<Sent> => ({
    status: response.status,
    text: first + (await readUntil(reader, 'no such text')),
  });
  return { result: result() };
}

function countingAdmission(undecided: boolean): { admission: Admission; admitted: Admitted } {
  const reached: AdmissionRequest[] = [];
  return {
    admission: {
      reserve(request) {
        reached.push(request);
        if (undecided) return new Promise(() => undefined);
        return { headers: {}, settle: () => undefined };
      },
    },
    async admitted(many) {
      while (reached.length < many) await turns(1);
    },
  };
}

const STATES: Readonly<Record<string, State>> = {
  'a stream that has begun': {
    reply: started,
    start: (rig) => begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true })),
    status: 200,
    hits: 1,
  },
  'a stream over tRPC': {
    reply: started,
    start: (rig) => begun(send(rig, '/trpc/chat.completions.stream', HELLO)),
    status: 200,
    hits: 1,
  },
  'a stream without a token': {
    reply: { headers: STREAM, chunks: [ROLE], end: 'hang' },
    async start(rig) {
      const result = chat(rig, { stream: true });
      await written(rig.upstreams[0], 1);
      return { result };
    },
    status: 401,
    hits: 1,
  },
  'a stream that is opened early': {
    reply: silent,
    options: { chain: { openAfter: 1 } },
    async start(rig) {
      const response = await send(rig, '/v1/chat/completions', { ...HELLO, stream: true });
      await hit(rig);
      return { result: whole(Promise.resolve(response)) };
    },
    status: 200,
    recorded: 401,
    hits: 1,
  },
  'a request that waits for JSON': {
    reply: silent,
    async start(rig) {
      const result = chat(rig);
      await hit(rig);
      return { result };
    },
    status: 401,
    hits: 1,
  },
  'a request of which half the JSON has arrived': {
    reply: halfJson,
    async start(rig) {
      const result = chat(rig);
      await written(rig.upstreams[0], 1);
      return { result };
    },
    status: 401,
    hits: 1,
  },
  'a mutation of tRPC': {
    reply: silent,
    async start(rig) {
      const result = whole(send(rig, '/trpc/chat.completions.create', HELLO));
      await hit(rig);
      return { result };
    },
    status: 401,
    hits: 1,
  },
  'all calls of a batch': {
    reply: silent,
    async start(rig) {
      const path = '/trpc/chat.completions.create,chat.completions.create?batch=1';
      const result = whole(send(rig, path, { 0: HELLO, 1: HELLO }));
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
      return { result };
    },
    status: 401,
    hits: 2,
  },
  'the second call of a batch whose first one is answered': {
    reply: [chatCompletion({ content: 'ok' }), silent],
    async start(rig) {
      const path = '/trpc/chat.completions.create,chat.completions.create?batch=1';
      const result = whole(send(rig, path, { 0: HELLO, 1: HELLO }));
      await rig.ended();
      return { result };
    },
    status: 207,
    recorded: 401,
    hits: 2,
  },
  'a request in a queue': {
    reply: chatCompletion({ content: 'never' }),
    options: {
      chain: { queue: { maxWait: '5m', maxSize: 10 } },
      providers: { a: { limits: { requestsPerMinute: 1 } } },
    },
    async start(rig, admitted) {
      await whole(send(rig, '/v1/chat/completions', HELLO, TWO));
      rig.upstreams[0]?.reset();
      const result = chat(rig);
      await admitted(2);
      await turns(20);
      return { result };
    },
    status: 401,
    hits: 0,
  },
  'a request that waits for its admission': {
    reply: silent,
    undecided: true,
    async start(rig, admitted) {
      const result = chat(rig);
      await admitted(1);
      return { result };
    },
    status: 401,
    hits: 0,
  },
  'a request whose body arrives slowly': {
    reply: silent,
    async start(rig) {
      const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${ONE}\r\n`;
      socket.write(`${head}content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n`);
      // The gateway wants the body, so the request is admitted.
      await once(socket, 'data');
      socket.write('{');
      const read = async (): Promise<Sent> => {
        let text = '';
        for await (const piece of socket) text += String(piece);
        return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
      };
      return { result: read() };
    },
    status: 401,
    hits: 0,
  },
  'a subscription of the gateway': {
    reply: silent,
    start: (rig) => begun(send(rig, '/trpc/limits.watch', {}), 'model-a'),
    status: 200,
    recorded: 401,
    hits: 0,
  },
};

describe.each(Object.entries(STATES))('%s', (_, { reply, options = {}, undecided = false, start, ...expected }) => {
  test.each([
    ['is removed', withoutOne],
    ['is rotated', rotateOne],
  ])('ends with key_revoked when its key %s, and its upstream is cancelled', async (__, change) => {
    const { admission, admitted } = countingAdmission(undecided);
    await using rig = await startRig([reply], { ...KEYS, admission, ...options });
    const { result } = await start(rig, admitted);
    const before = rig.finished().length;
    reload(rig, change);
    const sent = await result;
    expect([sent.status, sent.text.includes('[DONE]')]).toEqual([expected.status, false]);
    expect(sent.text).toContain('"code":"key_revoked"');
    const ended = await rig.ended(before);
    expect(ended).toMatchObject({
      code: 'key_revoked',
      principal: 'one',
      status: expected.recorded ?? expected.status,
    });
    await rig.upstreams[0]?.until(({ hits }) =>
      hits.every(({ closedAt, endedAt }) => (closedAt ?? endedAt) !== undefined),
    );
    expect(rig.upstreams[0]?.hits).toHaveLength(expected.hits);
    expect(JSON.stringify(rig.events)).not.toContain(keyDigest(ONE));
  });

  test('goes on when only the role and the chains of its key change, or another key is removed', async () => {
    const { admission, admitted } = countingAdmission(undecided);
    await using rig = await startRig([reply], { ...KEYS, admission, ...options });
    const { result } = await start(rig, admitted);
    const before = rig.finished().length;
    reload(rig, (keys) =>
      keys.flatMap((each) => (each.name === 'one' ? [{ ...each, role: 'caller' as const, chains: ['default'] }] : [])),
    );
    await turns(20);
    expect(rig.finished()).toHaveLength(before);
    await rig.gateway.close();
    expect((await result).text).toContain('"code":"shutting_down"');
  });
});

test('the answer to a request of a revoked key says how to send a key', async () => {
  await using rig = await startRig([silent], KEYS);
  const sent = send(rig, '/v1/chat/completions', HELLO);
  await hit(rig);
  reload(rig, withoutOne);
  const response = await sent;
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await response.json()).toEqual({
    error: {
      message: 'The key of this request is no longer accepted.',
      type: 'authentication_error',
      param: null,
      code: 'key_revoked',
    },
  });
});

test('what a cut stream has used is recorded, and its entry is not to blame', async () => {
  await using rig = await startRig([started], KEYS);
  const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
  reload(rig, withoutOne);
  await result;
  expect(await rig.ended()).toMatchObject({ usageSource: 'estimated', trail: [{ outcome: 'answered' }] });
  const status = await fetch(`${rig.url}/v1/chains/status`, { headers: { 'x-api-key': TWO } });
  expect(await status.json()).toMatchObject({ data: [{ entries: [{ state: 'ready' }] }] });
});

describe('with revokedStreams: finish', () => {
  const words = chatStream({ content: 'Hi one two three four', delay: 30 });

  test('a running answer ends by itself, a subscription is cut, and no new request is admitted', async () => {
    await using rig = await startRig([words], KEYS);
    const answer = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    const watch = await begun(send(rig, '/trpc/limits.watch', {}), 'model-a');
    reload(rig, withoutOne, { revokedStreams: 'finish' });
    const refused = await send(rig, '/v1/chat/completions', HELLO);
    expect([refused.status, await refused.json()]).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
    expect((await watch.result).text).toContain('"code":"key_revoked"');
    expect((await answer.result).text).toMatch(/four[^]*data: \[DONE\]\n\n$/);
    expect(rig.codes()).toEqual(['invalid_api_key', 'key_revoked', 'ok']);
  });

  test('a later reload with cut ends what still runs', async () => {
    await using rig = await startRig([started], KEYS);
    const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    reload(rig, withoutOne, { revokedStreams: 'finish' });
    await turns(20);
    expect(rig.finished()).toEqual([]);
    reload(rig, withoutOne, { revokedStreams: undefined });
    expect((await result).text).toContain('"code":"key_revoked"');
  });
});

describe('a key of a source', () => {
  const principal = principalOf('stored', { role: 'viewer' });

  /** A source whose keys a test may take away, with the number of its lookups. */
  function createSource() {
    const held = new Set([keyDigest(ONE)]);
    const counts = { lookups: 0, failing: false, away: false };
    const source: KeySource = {
      hasKeys: true,
      find(digest) {
        counts.lookups++;
        if (counts.failing) throw new TypeError('the database is gone');
        return held.has(digest) && !counts.away ? principal : undefined;
      },
      refusalOf: () => (counts.away ? 'unavailable' : undefined),
    };
    return { source, held, counts };
  }

  test('that vanishes ends its requests within 2 s, by the source alone', async () => {
    const clock = fakeClock();
    const { source, held } = createSource();
    await using rig = await startRig([started], { ...KEYS, config: {}, keySources: [source], clock });
    const answers = await Promise.all([
      begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true })),
      begun(send(rig, '/trpc/limits.watch', {}), 'model-a'),
    ]);
    clock.advance(10_000);
    await turns(20);
    expect(rig.finished()).toEqual([]);
    held.clear();
    clock.advance(2000);
    for (const { result } of answers) expect((await result).text).toContain('"code":"key_revoked"');
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  });

  test('that has vanished ends its requests at once on a reload', async () => {
    const clock = fakeClock();
    const { source, held } = createSource();
    await using rig = await startRig([started], { ...KEYS, keySources: [source], clock });
    reload(rig, withoutOne);
    const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    held.clear();
    reload(rig, withoutOne);
    expect((await result).text).toContain('"code":"key_revoked"');
  });

  test('is looked up once a second for all its requests together, and only while one runs', async () => {
    const clock = fakeClock();
    const { source, counts } = createSource();
    const script = [started, started, started, chatCompletion({ content: 'ok' })];
    await using rig = await startRig([script], { config: {}, keySources: [source], clock });
    const controller = new AbortController();
    const stream = (): Promise<Response> =>
      post(
        fetch,
        `${rig.url}/v1/chat/completions`,
        { ...HELLO, stream: true },
        {
          headers: { 'x-api-key': ONE },
          signal: controller.signal,
        },
      );
    for (let n = 0; n < 3; n++) await readUntil((await stream()).body!.getReader(), 'Hi');
    expect(counts.lookups).toBe(3);
    clock.advance(5000);
    expect(counts.lookups).toBe(8);
    controller.abort();
    await rig.ended(2);
    clock.advance(5000);
    expect(counts.lookups).toBe(8);
    await chat(rig);
    clock.advance(5000);
    expect(counts.lookups).toBe(9);
  });

  test('is kept when its source fails', async () => {
    const clock = fakeClock();
    const { source, held, counts } = createSource();
    await using rig = await startRig([started], { config: {}, keySources: [source], clock });
    const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    counts.failing = true;
    clock.advance(5000);
    await turns(20);
    expect(rig.finished()).toEqual([]);
    counts.failing = false;
    held.clear();
    clock.advance(2000);
    expect((await result).text).toContain('"code":"key_revoked"');
  });

  test('is kept while its source cannot be read, and ends once the source has it no more', async () => {
    const clock = fakeClock();
    const { source, held, counts } = createSource();
    await using rig = await startRig([started], { config: {}, keySources: [source], clock });
    const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    counts.away = true;
    clock.advance(5000);
    await turns(20);
    expect(rig.finished()).toEqual([]);
    held.clear();
    counts.away = false;
    clock.advance(2000);
    expect((await result).text).toContain('"code":"key_revoked"');
  });

  test('that cannot be read keeps no request of a key that the configuration no longer has', async () => {
    const { source, held, counts } = createSource();
    held.clear();
    await using rig = await startRig([started], { ...KEYS, keySources: [source] });
    const { result } = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
    counts.away = true;
    reload(rig, withoutOne);
    expect((await result).text).toContain('"code":"key_revoked"');
  });

  test('costs a gateway without sources no timer', async () => {
    const clock = fakeClock();
    await using rig = await startRig([chatCompletion({ content: 'ok' })], { ...KEYS, clock });
    await chat(rig);
    const idle = clock.waiting();
    await whole(send(rig, '/trpc/chat.completions.create', HELLO));
    expect(clock.waiting()).toBe(idle);
  });
});

test('when a gateway without keys gets some, running answers finish, and subscriptions without a key end', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi one two three', delay: 30 })]);
  const answer = await begun(send(rig, '/v1/chat/completions', { ...HELLO, stream: true }));
  const watch = await begun(send(rig, '/trpc/limits.watch', {}), 'model-a');
  reload(rig, () => [{ name: 'one', key: new Secret(ONE) }]);
  expect((await watch.result).text).toContain('"code":"key_revoked"');
  expect((await answer.result).text).toContain('[DONE]');
});

test('calls in process need no key, and no reload ends them', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi one two three', delay: 30 })], KEYS);
  const url = 'http://spillway/v1/chat/completions';
  const body = { ...HELLO, stream: true };
  const answers = await Promise.all(
    [rig.gateway.fetch, rig.gateway.fetchAs(principalOf('one'))].map((each) => begun(post(each, url, body))),
  );
  reload(rig, withoutOne);
  for (const { result } of answers) expect((await result).text).toContain('[DONE]');
});
