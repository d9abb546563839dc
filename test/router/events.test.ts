import { httpLink } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { WatchedEvent, WatchInput } from '../../client/index.ts';
import { keyDigest } from '../../src/config/key-digest.ts';
import type { KeySource, Principal } from '../../src/domain/principal.ts';
import { chatCompletion, chatStream, openaiError } from '../../src/testing/index.ts';
import { officialClient } from '../helpers/doors.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { readUntil, turns } from '../faults/wire.ts';

const OK = chatCompletion({ content: 'ok' });
const FAILS = openaiError(500, 'model-a is down');

/** An open subscription. */
interface Watching {
  next(): Promise<WatchedEvent>;
  stop(): Promise<unknown>;
}

function reading(events: AsyncIterable<WatchedEvent>): Watching {
  const iterator = events[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await iterator.next();
      if (done === true) throw new Error('The events ended.');
      return value;
    },
    stop: () => iterator.return?.() ?? Promise.resolve(),
  };
}

/** The subscription by tRPC's own link, which pushes. */
function official({ url }: Rig, input?: WatchInput): Watching {
  const events: WatchedEvent[] = [];
  let notify: (() => void) | undefined;
  const subscription = officialClient(url, httpLink).events.watch.subscribe(input, {
    onData(event) {
      events.push(event);
      notify?.();
    },
  });
  return {
    async next() {
      for (;;) {
        const event = events.shift();
        if (event !== undefined) return event;
        await new Promise<void>((resolve) => (notify = resolve));
      }
    },
    async stop() {
      subscription.unsubscribe();
    },
  };
}

const WAYS: Readonly<Record<string, (rig: Rig, input?: WatchInput) => Watching | Promise<Watching>>> = {
  'our client': (rig, input) => reading(createClient(rig).events.watch(input)),
  'tRPC’s own link': official,
  'the caller in process': async ({ gateway }, input) => reading(await gateway.caller.events.watch(input)),
};

const sendHello = async ({ url }: Rig, input: object = {}, headers: Record<string, string> = {}): Promise<void> => {
  await (await post(fetch, `${url}/v1/chat/completions`, { ...HELLO, ...input }, { headers })).text();
};

/** Everything up to the n-th `request_finished`, without rows of limits. */
async function untilFinished(watching: Watching, many = 1): Promise<WatchedEvent[]> {
  const events: WatchedEvent[] = [];
  while (events.filter(({ kind }) => kind === 'request_finished').length < many) {
    const event = await watching.next();
    if (event.kind !== 'limit') events.push(event);
  }
  return events;
}

/** An event in short: its kind, and the entry that it is about. */
function short(event: WatchedEvent): string {
  if (event.kind === 'attempt_finished') return `${event.kind} ${event.n} ${event.provider} ${event.outcome}`;
  if (event.kind === 'attempt_started' || event.kind === 'committed')
    return `${event.kind} ${event.n} ${event.provider}`;
  return event.kind === 'request_finished' ? `${event.kind} ${event.code} ${event.attempts}` : event.kind;
}

describe.each(Object.entries(WAYS))('events.watch through %s', (_, open) => {
  test('shows the rows of limits, and then a failover as it happens', async () => {
    await using rig = await startRig([FAILS, chatStream({ content: 'ok' })]);
    const watching = await open(rig);
    const first = [await watching.next(), await watching.next()];
    expect(first.map((event) => event.kind === 'limit' && event.limit.id)).toEqual(['a/model-a', 'b/model-b']);
    await sendHello(rig, { stream: true });
    expect((await untilFinished(watching)).map(short)).toEqual([
      'request_started',
      'attempt_started 1 a',
      'attempt_finished 1 a overloaded',
      'attempt_started 2 b',
      'attempt_finished 2 b answered',
      'committed 2 b',
      'request_finished ok 2',
    ]);
    await watching.stop();
    await rig.ended(1);
    expect(rig.codes()).toEqual(['client_closed', 'ok']);
  });

  test('sends the kinds that are named, and no other', async () => {
    await using rig = await startRig([FAILS, OK]);
    const watching = await open(rig, { kinds: ['committed', 'request_finished', 'limit'] });
    await watching.next();
    await sendHello(rig);
    expect((await untilFinished(watching)).map(short)).toEqual(['committed 2 b', 'request_finished ok 2']);
    await watching.stop();
  });

  test.each([
    [{ chains: ['default', 'defualt'] }, 'chains.1: there is no chain "defualt", or this key may not use it.'],
    [
      { kinds: ['attempt_begun'] },
      'kinds.0: there is no kind "attempt_begun"; the kinds are request_started, request_queued, attempt_started, attempt_finished, committed, request_finished, limit',
    ],
    [{ chains: [] }, /^chains: /],
    [{ chain: ['default'] }, /"chain"/],
  ])('refuses %j with a 400 that names the mistake', async (input, message) => {
    await using rig = await startRig([OK]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the mistake is the purpose
    const wrong = input as WatchInput;
    const failure = await failureOf(rig, wrong);
    expect(failure).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(failure.message).toMatch(message);
    expect(await rig.ended()).toMatchObject({ status: 400, code: 'invalid_request', operation: 'events.watch' });
  });

  /** The error of a subscription that is refused. */
  async function failureOf(rig: Rig, input: WatchInput): Promise<{ status: number; code: string; message: string }> {
    if (open === official) {
      const { promise, resolve } = Promise.withResolvers<{ status: number; code: string; message: string }>();
      const subscription = officialClient(rig.url, httpLink).events.watch.subscribe(input, {
        onError: ({ message, data }) => resolve({ message, status: data?.status ?? 0, code: data?.code ?? '' }),
      });
      const failure = await promise;
      subscription.unsubscribe();
      return failure;
    }
    try {
      await (await open(rig, input)).next();
    } catch (error) {
      return error as { status: number; code: string; message: string };
    }
    throw new Error('It was not refused.');
  }
});

test('every event has all its members on the wire, in snake case', async () => {
  await using rig = await startRig([FAILS, OK]);
  const watching = await fetch(`${rig.url}/trpc/events.watch`);
  const reader = watching.body!.getReader();
  await readUntil(reader, '"b/model-b"');
  await sendHello(rig, {}, { 'x-request-id': 'mine' });
  const wire = await readUntil(reader, '"kind":"request_finished"');
  const events = [...wire.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as WatchedEvent);
  const [started, first, failed, , , committed, finished] = events.filter(({ kind }) => kind !== 'limit');
  const { requestId, acceptedAt } = rig.finished()[0] ?? {};
  const request = { request_id: requestId, client_request_id: 'mine', chain: 'default', tenant: null };
  const facts = {
    accepted_at: Math.round(acceptedAt ?? 0),
    door: 'rest',
    operation: 'chat.completions.create',
    stream: false,
    requested_model: 'default',
    principal: 'local',
    key_id: 'local',
  };
  const ms = expect.any(Number) as number;
  const a = { provider: 'a', model: 'model-a', key: null };
  const usage = { input_tokens: ms, output_tokens: ms, source: 'provider' };
  const failedStep = {
    ...a,
    outcome: 'overloaded',
    reason: null,
    hedge: false,
    status: 500,
    started_ms: ms,
    connected_ms: ms,
    duration_ms: ms,
    usage: null,
    cost_usd: null,
  };
  expect(started).toEqual({ kind: 'request_started', ...request, ...facts });
  expect(first).toEqual({ kind: 'attempt_started', ...request, n: 1, ...a, hedge: false });
  expect(failed).toEqual({ kind: 'attempt_finished', ...request, n: 1, ...failedStep });
  const b = { provider: 'b', model: 'model-b' };
  expect(committed).toEqual({ kind: 'committed', ...request, n: 2, ...b, after_ms: ms });
  expect(finished).toEqual({
    kind: 'request_finished',
    ...request,
    ...facts,
    ...b,
    status: 200,
    code: 'ok',
    attempts: 2,
    trail: [failedStep, { ...failedStep, ...b, outcome: 'answered', status: null, usage }],
    usage,
    cost_usd: null,
    committed_ms: ms,
    total_ms: ms,
  });
  await reader.cancel();
});

describe('with keys', () => {
  const KEYS = {
    'key-of-the-caller': principalOf('caller'),
    'key-of-the-viewer': principalOf('viewer', { role: 'viewer' }),
    'key-of-the-admin': principalOf('admin', { role: 'admin' }),
    'key-of-one-chain': principalOf('one', { role: 'viewer', chains: ['second'] }),
    'key-of-an-alias': principalOf('alias', { role: 'viewer', chains: ['nick'] }),
    'key-of-a-pattern': principalOf('pattern', { role: 'viewer', models: ['a/*'] }),
    'key-of-acme-viewer': principalOf('acme-viewer', { role: 'viewer', tenant: 'acme' }),
    'key-of-acme-caller': principalOf('acme-caller', { tenant: 'acme' }),
  };
  type Key = keyof typeof KEYS;
  const principals = new Map<string, Principal>(
    Object.entries(KEYS).map(([key, principal]) => [keyDigest(key), principal]),
  );
  const source: KeySource = { hasKeys: true, find: (digest) => principals.get(digest) };
  const startKeyed = (): Promise<Rig> =>
    startRig([FAILS, OK], {
      keySources: [source],
      config: {
        chains: {
          default: { entries: ['a/model-a', 'b/model-b'] },
          second: { entries: ['b/model-b'] },
        },
        aliases: { nick: 'second' },
      },
    });
  const watch = (rig: Rig, key: Key, input?: WatchInput, include: readonly 'trail'[] = []): Watching =>
    reading(createClient({ url: rig.url, apiKey: key }).events.watch(input, { include }));
  const send = (rig: Rig, model: string, key: Key = 'key-of-the-caller'): Promise<void> =>
    sendHello(rig, { model }, { 'x-api-key': key });

  test('a caller may not watch', async () => {
    await using rig = await startKeyed();
    await expect(watch(rig, 'key-of-the-caller').next()).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  });

  test.each([
    ['key-of-the-viewer', undefined, ['default', 'second', 'a/model-a', 'default']],
    ['key-of-the-viewer', ['second', 'a/model-a'], ['second', 'a/model-a']],
    ['key-of-the-viewer', ['nick'], ['second']],
    ['key-of-one-chain', undefined, ['second']],
    ['key-of-an-alias', undefined, ['second']],
    ['key-of-a-pattern', undefined, ['default', 'a/model-a', 'default']],
    ['key-of-acme-viewer', undefined, ['default']],
  ] as const)(
    '%s gets, of %j, the requests of the chains and the tenant that it may see',
    async (key, chains, seen) => {
      await using rig = await startKeyed();
      const watching = watch(rig, key, chains && { chains });
      // The first row shows that the subscription is open.
      await watching.next();
      await send(rig, 'default');
      await send(rig, 'nick');
      await send(rig, 'a/model-a');
      await send(rig, 'unknown');
      await send(rig, 'default', 'key-of-acme-caller');
      const events = await untilFinished(watching, seen.length);
      const finished = events.filter((event) => event.kind === 'request_finished');
      expect(finished.map(({ chain }) => chain)).toEqual(seen);
      const ids = new Set(finished.map(({ request_id: id }) => id));
      expect(events.filter((event) => !('request_id' in event) || !ids.has(event.request_id))).toEqual([]);
      await watching.stop();
    },
  );

  test('a chain that the key may not use is refused like one that does not exist', async () => {
    await using rig = await startKeyed();
    const refused = watch(rig, 'key-of-one-chain', { chains: ['default'] }).next();
    await expect(refused).rejects.toMatchObject({
      status: 400,
      message: 'chains.0: there is no chain "default", or this key may not use it.',
    });
  });

  test('rows of limits are those of the chains that are watched', async () => {
    await using rig = await startKeyed();
    const watching = watch(rig, 'key-of-the-viewer', { chains: ['second'] });
    await watching.next();
    await send(rig, 'second');
    const events: WatchedEvent[] = [];
    while (events.at(-1)?.kind !== 'request_finished') events.push(await watching.next());
    expect(events.filter((event) => event.kind === 'limit' && event.limit.provider !== 'b')).toEqual([]);
    await watching.stop();
  });

  test.each([
    ['key-of-the-viewer', [], undefined],
    ['key-of-the-viewer', ['trail'], 'model-a is down'],
    ['key-of-the-admin', [], 'model-a is down'],
  ] as const)('%s with include %j gets the provider’s words as in an error: %s', async (key, include, message) => {
    await using rig = await startKeyed();
    const watching = watch(rig, key, {}, include);
    await watching.next();
    await send(rig, 'default');
    const events = await untilFinished(watching);
    const failed = events.find((event) => event.kind === 'attempt_finished');
    const finished = events.find((event) => event.kind === 'request_finished');
    expect([failed?.message, finished?.trail[0]?.message]).toEqual([message, message]);
    await watching.stop();
  });

  test('the 101st subscription of a key is refused', async () => {
    await using rig = await startKeyed();
    const open = async (): Promise<string> => {
      const headers = { 'x-api-key': 'key-of-the-viewer' };
      const response = await fetch(`${rig.url}/trpc/events.watch`, { headers });
      return readUntil(response.body!.getReader(), '}\n\n');
    };
    await Promise.all(Array.from({ length: 100 }, open));
    expect(await open()).toContain('too_many_subscriptions');
  });
});

test('subscriptions do not show each other, nor requests that reach no chain', async () => {
  await using rig = await startRig([OK]);
  const watching = reading(await rig.gateway.caller.events.watch());
  await watching.next();
  const other = reading(await rig.gateway.caller.events.watch());
  await other.stop();
  await rig.gateway.caller.limits.list();
  await sendHello(rig);
  const events = await untilFinished(watching);
  expect(events[0]).toMatchObject({ kind: 'request_started', operation: 'chat.completions.create' });
  expect(new Set(events.map((event) => ('request_id' in event ? event.request_id : event.kind))).size).toBe(1);
  await watching.stop();
});

test('a slow client delays no request, and gets the number of events that it has lost', async () => {
  await using rig = await startRig([OK]);
  const watching = reading(await rig.gateway.caller.events.watch({ kinds: ['request_started', 'request_finished'] }));
  for (let n = 0; n < 150; n++) await sendHello(rig);
  const counts = { lost: 0, events: 0 };
  while (counts.lost + counts.events < 300) {
    const event = await watching.next();
    if (event.kind === 'lost') counts.lost += event.count;
    else counts.events++;
  }
  expect(counts.lost + counts.events).toBe(300);
  await watching.stop();
});

test('it ends with the gateway, and does not delay the shutdown', async () => {
  await using rig = await startRig([OK]);
  const watching = reading(await rig.gateway.caller.events.watch());
  await watching.next();
  const next = watching.next();
  next.catch(() => undefined);
  await turns(5);
  await rig.gateway.close();
  await expect(next).rejects.toMatchObject({ code: 'shutting_down' });
});
