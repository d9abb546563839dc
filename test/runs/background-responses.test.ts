import OpenAI, { APIError, NotFoundError } from 'openai';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ResponseStreamEvent } from '../../src/domain/responses.ts';
import { openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { officialClient } from '../helpers/doors.ts';
import { post, type Rig } from '../helpers/gateway.ts';
import { httpLink } from '@trpc/client';
import type { Api } from '../helpers/vendors/said.ts';
import { saying, startVendor, startVendors } from '../helpers/vendors/vendor.ts';

const KEYS = { one: 'spillway-key-number-one', two: 'spillway-key-number-two' } as const;
const WITH_KEYS = { auth: { keys: Object.entries(KEYS).map(([name, key]) => ({ name, key })) } };
const KEEPS = { responses: { store: 'memory' } } as const;
const APIS: readonly Api[] = ['responses', 'chat', 'messages'];

const clientOf = ({ url }: Rig, apiKey = 'x'): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const BODY = { model: 'default', input: 'Weather?', background: true } as const;
const TEXT = 'It is sunny in Paris.';

/** Sends the first piece of the text, and then nothing more. */
function silent(api: Api): (request: ScriptedRequest) => Reply {
  return (request) => ({ ...saying(api, { text: TEXT }, 'cut')(request), end: 'hang' });
}

async function until(client: OpenAI, id: string, isDone: (status: string) => boolean) {
  for (;;) {
    const response = await client.responses.retrieve(id);
    if (isDone(response.status ?? '')) return response;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const ended = (client: OpenAI, id: string) => until(client, id, (status) => !/^(?:queued|in_progress)$/.test(status));

async function all<Event>(stream: AsyncIterable<Event>): Promise<Event[]> {
  return Array.fromAsync(stream);
}

describe.each(APIS)('a response in the background over a provider of %s', (api) => {
  test('is queued at once, is retrieved once it is completed, and is streamed again without another request', async () => {
    await using rig = await startVendor(api, [{ text: TEXT }]);
    const client = clientOf(rig);
    const created = await client.responses.create(BODY);
    expect(created).toMatchObject({ object: 'response', status: 'queued', background: true, output: [], usage: null });
    const response = await ended(client, created.id);
    expect(response).toMatchObject({
      id: created.id,
      status: 'completed',
      background: true,
      output_text: TEXT,
      usage: { input_tokens: 30, output_tokens: 12 },
    });
    const events = await all(await client.responses.retrieve(created.id, { stream: true }));
    expect(events[0]).toMatchObject({ type: 'response.created', response: { id: created.id, background: true } });
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { id: created.id } });
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, n) => n));
    for (const after of [0, 3, events.length - 2, events.length - 1, events.length + 5]) {
      const rest = await all(await client.responses.retrieve(created.id, { stream: true, starting_after: after }));
      expect(rest).toEqual(events.slice(after + 1));
    }
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
    // The provider generates it for this connection, whatever becomes of the client's.
    expect(String(rig.upstreams[0]?.hits[0]?.body)).not.toContain('"background"');
  });

  test('continues when its stream is left, and the stream resumes behind the last event', async () => {
    const clock = fakeClock();
    await using rig = await startVendor(api, [silent(api)], { clock });
    const client = clientOf(rig);
    const stream = await client.responses.create({ ...BODY, stream: true });
    let last = -1;
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') ({ id } = event.response);
      last = event.sequence_number;
      if (event.type === 'response.output_text.delta') break;
    }
    clock.advance(20_000);
    expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'in_progress' });
    const rest = await client.responses.retrieve(id, { stream: true, starting_after: last - 1 });
    for await (const event of rest) {
      expect(event.sequence_number).toBe(last);
      break;
    }
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
    await client.responses.cancel(id);
  });

  test('is resumed by an EventSource behind the last event that it has', async () => {
    await using rig = await startVendor(api, [{ text: TEXT }]);
    const { id } = await clientOf(rig).responses.create(BODY);
    await ended(clientOf(rig), id);
    const read = async (lastEventId?: string) => {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const response = await fetch(`${rig.url}/v1/responses/${id}?stream=true&starting_after=0`, { headers });
      return { status: response.status, events: (await response.text()).split('\n\n').filter(Boolean) };
    };
    const { events } = await read();
    const [, third = ''] = /^id: (.*)$/m.exec(events[2] ?? '') ?? [];
    expect((await read(third)).events).toEqual(events.slice(3));
    expect((await read('resp_x:3')).status).toBe(400);
  });

  test('is cancelled with its request to the provider, and stays cancelled', async () => {
    await using rig = await startVendor(api, [silent(api)]);
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled', error: null });
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await client.responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'cancelled', output: [] });
  });

  test('of which the chain is exhausted has failed, and so has its stream', async () => {
    await using rig = await startVendor(api, [openaiError(500, 'no')]);
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    const response = await ended(client, id);
    expect(response).toMatchObject({ id, status: 'failed', background: true, output: [] });
    expect(response.error).toMatchObject({ code: 'all_providers_exhausted' });
    await expect(client.responses.retrieve(id, { stream: true }).then(all)).rejects.toThrow(APIError);
    const raw = await (await fetch(`${rig.url}/v1/responses/${id}?stream=true`)).text();
    expect(raw.match(/^event: .*$/gm)).toEqual(['event: error', 'event: response.failed']);
  });

  test('that breaks off has failed, with the events before', async () => {
    await using rig = await startVendor(api, [saying(api, { text: TEXT }, 'cut')]);
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    expect(await ended(client, id)).toMatchObject({ status: 'failed', error: { code: 'upstream_truncated' } });
    const raw = await (await fetch(`${rig.url}/v1/responses/${id}?stream=true`)).text();
    const names = raw.match(/^event: .*$/gm)?.map((line) => line.slice('event: '.length));
    expect(names?.slice(-3)).toEqual(['response.output_text.delta', 'error', 'response.failed']);
    expect(raw).not.toMatch(/response\.completed|\[DONE\]/);
  });
});

test('a response in the background fails over like any other', async () => {
  await using rig = await startVendors([
    ['messages', [openaiError(500, 'no')]],
    ['chat', [{ text: TEXT }]],
  ]);
  const { id } = await clientOf(rig).responses.create(BODY);
  expect(await ended(clientOf(rig), id)).toMatchObject({ status: 'completed', output_text: TEXT });
});

describe('a response in the background', () => {
  test('is removed with all that is kept of it', async () => {
    await using rig = await startVendor('chat', [silent('chat')], { config: KEEPS });
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    await client.responses.delete(id);
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError);
    await expect(client.responses.delete(id)).rejects.toMatchObject({ status: 404, code: 'response_not_found' });
  });

  test('is another key’s 404, for every path', async () => {
    await using rig = await startVendor('chat', [{ text: TEXT }], { config: { ...WITH_KEYS, ...KEEPS } });
    const { id } = await clientOf(rig, KEYS.one).responses.create(BODY);
    await ended(clientOf(rig, KEYS.one), id);
    const other = clientOf(rig, KEYS.two).responses;
    const code = { status: 404, code: 'response_not_found', param: 'response_id' };
    await expect(other.retrieve(id)).rejects.toMatchObject(code);
    await expect(other.retrieve(id, { stream: true })).rejects.toMatchObject(code);
    await expect(other.cancel(id)).rejects.toMatchObject(code);
    await expect(other.delete(id)).rejects.toMatchObject(code);
    await expect(other.inputItems.list(id)).rejects.toMatchObject(code);
    expect(await clientOf(rig, KEYS.one).responses.retrieve(id)).toMatchObject({ status: 'completed' });
  });

  test('counts among the runs of its key', async () => {
    const config = { ...WITH_KEYS, runs: { perKey: 1 } };
    await using rig = await startVendor('chat', [silent('chat')], { config });
    const client = clientOf(rig, KEYS.one);
    const { id } = await client.responses.create(BODY);
    await expect(client.responses.create(BODY)).rejects.toMatchObject({ status: 429, code: 'too_many_runs' });
    await client.responses.cancel(id);
    await client.responses.cancel((await client.responses.create(BODY)).id);
  });

  test('is one for equal requests with one idempotency key', async () => {
    await using rig = await startVendor('chat', [{ text: TEXT }], { config: KEEPS });
    const options = { headers: { 'idempotency-key': 'k' } };
    const first = await clientOf(rig).responses.create(BODY, options);
    const second = await clientOf(rig).responses.create(BODY, options);
    expect(second.id).toBe(first.id);
    await expect(clientOf(rig).responses.create({ ...BODY, input: 'Other' }, options)).rejects.toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
    await ended(clientOf(rig), first.id);
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
  });

  test('is refused at once where its request is', async () => {
    await using rig = await startVendor('chat', [{ text: TEXT }]);
    const { responses } = clientOf(rig);
    await expect(responses.create({ ...BODY, model: 'unknown' })).rejects.toMatchObject({ code: 'model_not_found' });
    await expect(responses.create({ ...BODY, input: 7 as never })).rejects.toMatchObject({ status: 400 });
    expect(rig.upstreams[0]?.hits).toHaveLength(0);
  });

  test.each(APIS)('keeps its id where nothing else is kept of it, over a provider of %s', async (api) => {
    await using rig = await startVendor(api, [{ text: TEXT }, { text: 'More.' }], { config: KEEPS });
    const client = clientOf(rig);
    const { id } = await client.responses.create({ ...BODY, store: false });
    expect(await ended(client, id)).toMatchObject({ id, status: 'completed', store: false, output_text: TEXT });
    // A request for another answer may not continue it; only a provider of the same API may know the id.
    const next = client.responses.create({ ...BODY, background: false, previous_response_id: id });
    if (api === 'responses') expect((await next).output_text).toBe('More.');
    else await expect(next).rejects.toMatchObject({ code: 'previous_response_not_found' });
  });

  test('keeps its id where it continues a response of its provider', async () => {
    await using rig = await startVendor('responses', [{ text: TEXT }], { config: KEEPS });
    const client = clientOf(rig);
    const { id } = await client.responses.create({ ...BODY, previous_response_id: 'resp_of_the_provider' });
    expect(await ended(client, id)).toMatchObject({ id, status: 'completed' });
    expect(await client.responses.retrieve(id)).toMatchObject({ id });
    expect(String(rig.upstreams[0]?.hits[0]?.body)).toContain('resp_of_the_provider');
  });

  test('can be continued once it is kept, and is retrieved after its run is removed', async () => {
    const clock = fakeClock();
    await using rig = await startVendor('chat', [{ text: TEXT }, { text: 'Rainy.' }], { clock, config: KEEPS });
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    await ended(client, id);
    clock.advance(600_000);
    expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'completed', background: true });
    await expect(client.responses.cancel(id)).rejects.toMatchObject({ status: 400, param: 'response_id' });
    const next = await client.responses.create({ model: 'default', input: 'And Rome?', previous_response_id: id });
    expect(next).toMatchObject({ output_text: 'Rainy.', previous_response_id: id });
    expect(String(rig.upstreams[0]?.hits[1]?.body)).toContain(TEXT);
  });

  test('has expired after the time that runs are kept', async () => {
    const clock = fakeClock();
    await using rig = await startVendor('chat', [{ text: TEXT }], { clock, config: { runs: { keep: '1m' } } });
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    await ended(client, id);
    clock.advance(61_000);
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError);
    const gone = await fetch(`${rig.url}/v1/responses/${id}?stream=true`);
    expect([gone.status, await gone.json()]).toMatchObject([404, { error: { code: 'response_not_found' } }]);
  });

  test('whose oldest events are not kept any more can be resumed behind them only', async () => {
    const long = 'word '.repeat(4000);
    await using rig = await startVendor('chat', [{ text: long }], { config: { runs: { maxBytes: '32kb' } } });
    const client = clientOf(rig);
    const { id } = await client.responses.create(BODY);
    expect(await ended(client, id)).toMatchObject({ status: 'completed', output_text: long });
    const events = async (query: string) => {
      const response = await fetch(`${rig.url}/v1/responses/${id}?stream=true${query}`);
      return { status: response.status, text: await response.text() };
    };
    for (const query of ['', '&starting_after=0'])
      expect(await events(query)).toMatchObject({
        status: 410,
        text: expect.stringContaining('run_events_expired'),
      });
    const last = await client.responses.retrieve(id, { stream: true, starting_after: 8 }).then(all);
    expect(last.map(({ type }) => type)).toContain('response.completed');
  });
});

const text = (events: readonly unknown[]): string =>
  (events as ResponseStreamEvent[]).map((event) => ('delta' in event ? event.delta : '')).join('');

/** The items of a subscription of tRPC's client. */
const read = (subscribe: (onData: (event: unknown) => void, done: () => void) => unknown): Promise<unknown[]> =>
  new Promise((resolve) => {
    const events: unknown[] = [];
    subscribe(
      (event) => events.push(event),
      () => resolve(events),
    );
  });

describe('the events of a response in the background are plain, without ids of events', () => {
  test('for our client, and for the caller in process', async () => {
    await using rig = await startVendor('chat', [{ text: TEXT }]);
    const own = createClient({ url: rig.url });
    const { caller } = rig.gateway;
    const { id } = await own.responses.create(BODY);
    const events = await all(own.responses.events({ response_id: id }));
    expect(text(events)).toBe(TEXT);
    expect(events[0]).toMatchObject({ type: 'response.created', response: { id } });
    expect(await all(own.responses.events({ response_id: id, starting_after: 3 }))).toEqual(events.slice(4));
    expect(text(await all(own.responses.stream(BODY)))).toBe(TEXT);
    const inProcess = await caller.responses.create(BODY);
    expect(text(await all(await caller.responses.events({ response_id: inProcess.id })))).toBe(TEXT);
    expect(text(await all(await caller.responses.stream(BODY)))).toBe(TEXT);
  });

  test.each([false, true])('for tRPC’s own client, over our link: %s', async (ownLink) => {
    await using rig = await startVendor('chat', [{ text: TEXT }]);
    const { responses } = officialClient(rig.url, httpLink, ownLink);
    const { id } = await responses.create.mutate(BODY);
    const events = await read((onData, onComplete) =>
      responses.events.subscribe({ response_id: id }, { onData, onComplete }),
    );
    expect(text(events)).toBe(TEXT);
    expect(events[0]).toMatchObject({ type: 'response.created', response: { id } });
    const streamed = await read((onData, onComplete) => responses.stream.subscribe(BODY, { onData, onComplete }));
    expect(text(streamed)).toBe(TEXT);
    const resumed = await post(
      fetch,
      `${rig.url}/trpc/responses.events`,
      { response_id: id },
      {
        headers: { 'last-event-id': `${id}:3` },
      },
    );
    expect(await resumed.text()).toContain('cannot be resumed');
  });
});
