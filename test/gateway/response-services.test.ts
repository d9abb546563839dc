import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import type { Rig } from '../helpers/gateway.ts';
import { startVendor } from '../helpers/vendors/vendor.ts';

const KEEPS = { responses: { store: 'memory', keep: '1h' } } as const;
const BODY = { model: 'default', input: 'Weather?' } as const;
const clientOf = ({ url }: Rig): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'x', maxRetries: 0 });
const TEXT = { text: 'Sunny.' };

describe.each(['responses', 'chat', 'messages'] as const)('a kept response of a provider of %s', (api) => {
  test('is the one that its client got, whole and as a stream', async () => {
    await using rig = await startVendor(api, [TEXT], { config: KEEPS });
    const { responses } = clientOf(rig);
    const whole = await responses.create(BODY);
    const streamed = await responses.stream(BODY).finalResponse();
    for (const { id, output_text: text } of [whole, streamed]) {
      expect(id).toMatch(/^resp_[0-9a-f]{32}$/);
      expect(await responses.retrieve(id)).toMatchObject({ id, status: 'completed', output_text: text });
    }
    expect(await responses.retrieve(whole.id)).toEqual(whole);
  });

  test('names the one that it continues, whole and in its events', async () => {
    await using rig = await startVendor(api, [TEXT], { config: KEEPS });
    const { responses } = clientOf(rig);
    const { id, previous_response_id: none } = await responses.create(BODY);
    const next = { ...BODY, previous_response_id: id };
    const named = [await responses.create(next), await responses.create({ ...next, store: false })];
    for await (const event of await responses.create({ ...next, stream: true }))
      if ('response' in event) named.push(event.response);
    expect(none).toBe(null);
    expect(named.length).toBeGreaterThan(3);
    for (const { previous_response_id: previous } of named) expect(previous).toBe(id);
  });
});

describe('a kept response', () => {
  test.each([true, undefined])('is stored, and that is no loss: store %s', async (store) => {
    await using rig = await startVendor('messages', [TEXT], { config: KEEPS });
    const { data, response } = await clientOf(rig)
      .responses.create({ ...BODY, ...(store && { store }) })
      .withResponse();
    expect(data).toMatchObject({ store: true });
    expect(response.headers.get('x-spillway-dropped')).toBe(null);
    expect(await clientOf(rig).responses.retrieve(data.id)).toMatchObject({ store: true });
  });

  test('has the items of its own request', async () => {
    await using rig = await startVendor('chat', [TEXT], { config: KEEPS });
    const { responses } = clientOf(rig);
    const first = await responses.create(BODY);
    const input = [
      { role: 'user' as const, content: 'And Rome?' },
      { type: 'message' as const, id: 'msg_own', role: 'user' as const, content: 'And Oslo?' },
    ];
    const second = await responses.create({ ...BODY, input, previous_response_id: first.id });
    expect(await Array.fromAsync(responses.inputItems.list(first.id))).toEqual([
      { id: 'item_0', role: 'user', content: 'Weather?' },
    ]);
    const page = await fetch(`${rig.url}/v1/responses/${second.id}/input_items?limit=10`);
    expect(await page.json()).toEqual({
      object: 'list',
      data: [input[1], { id: 'item_0', ...input[0] }],
      has_more: false,
      first_id: 'msg_own',
      last_id: 'item_0',
    });
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'order=up', 'after=none'])
      expect((await fetch(`${rig.url}/v1/responses/${second.id}/input_items?${query}`)).status).toBe(400);
    const typed = createClient({ url: rig.url }).responses;
    const behind = await typed.inputItems({ response_id: second.id, order: 'asc', after: 'item_0' });
    expect(behind.data).toEqual([input[1]]);
  });

  test('gives its items page by page to the SDK, in both orders', async () => {
    await using rig = await startVendor('chat', [TEXT], { config: KEEPS });
    const { responses } = clientOf(rig);
    const input = Array.from({ length: 25 }, (_, at) => ({ role: 'user' as const, content: `Question ${at}` }));
    const { id } = await responses.create({ ...BODY, input });
    const itemsOf = async (query: OpenAI.Responses.InputItemListParams) =>
      (await Array.fromAsync(responses.inputItems.list(id, query))).map((item) => item.id);
    const ids = input.map((_, at) => `item_${at}`);
    expect(await itemsOf({ order: 'asc' })).toEqual(ids);
    expect(await itemsOf({ order: 'asc', limit: 5 })).toEqual(ids);
    expect(await itemsOf({})).toEqual(ids.toReversed());
    expect((await responses.inputItems.list(id, { limit: 25 })).has_more).toBe(false);
    expect((await responses.inputItems.list(id, { limit: 24 })).has_more).toBe(true);
  });

  test('cannot be cancelled or streamed again, because it did not run in the background', async () => {
    await using rig = await startVendor('chat', [TEXT], { config: KEEPS });
    const { responses } = clientOf(rig);
    const { id } = await responses.create(BODY);
    await expect(responses.cancel(id)).rejects.toThrow(BadRequestError);
    await expect(responses.retrieve(id, { stream: true })).rejects.toThrow(BadRequestError);
    await expect(Array.fromAsync(createClient({ url: rig.url }).responses.events({ response_id: id }))).rejects.toThrow(
      'did not run in the background',
    );
  });

  test('expires', async () => {
    const clock = fakeClock();
    await using rig = await startVendor('chat', [TEXT], { clock, config: KEEPS });
    const { responses } = clientOf(rig);
    const { id } = await responses.create(BODY);
    clock.advance(3_600_000);
    await expect(responses.retrieve(id)).rejects.toThrow(NotFoundError);
  });

  test('is none with store: false, without the section, or after a failure', async () => {
    await using rig = await startVendor('chat', [TEXT], { config: KEEPS });
    const client = clientOf(rig).responses;
    await expect(client.retrieve((await client.create({ ...BODY, store: false })).id)).rejects.toThrow(NotFoundError);
    await using without = await startVendor('chat', [TEXT]);
    const other = clientOf(without).responses;
    await expect(other.retrieve((await other.create(BODY)).id)).rejects.toThrow(NotFoundError);
    for (const path of ['x', 'x/input_items', 'x?stream=true']) {
      const response = await fetch(`${without.url}/v1/responses/${path}`);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'response_not_found' } }]);
    }
  });
});
