import OpenAI, { APIError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openaiError } from '../../src/testing/index.ts';
import type { Rig } from '../helpers/gateway.ts';
import type { Api, Said } from '../helpers/vendors/said.ts';
import { saying, startVendor } from '../helpers/vendors/vendor.ts';

const PROVIDERS: readonly Api[] = ['responses', 'messages', 'chat'];
const KEEPS = { config: { responses: { store: 'memory' } } } as const;

const clientOf = ({ url }: Rig, apiKey = 'x'): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const sentTo = ({ upstreams }: Rig, n: number): string => upstreams[0]?.hits[n]?.body.toString('utf8') ?? '';

const reasoning = { text: 'They want the weather.', signature: 'c2lnbmVk' };
const CALLING: Said = { reasoning, calls: [{ id: 'call_w1', name: 'get_weather', input: { city: 'Paris' } }] };
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
} as const;
const RESULT = { type: 'function_call_output', call_id: 'call_w1', output: 'Sunny, 21 degrees' } as const;

describe.each(PROVIDERS)('the openai package for responses over a provider of %s', (provider) => {
  test('creates a response', async () => {
    await using rig = await startVendor(provider, [{ text: 'Hello.' }]);
    const response = await clientOf(rig).responses.create({ model: 'default', input: 'Hi', instructions: 'Be short.' });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: 'Hello.',
      usage: { input_tokens: 30, output_tokens: 12, total_tokens: 42 },
    });
    expect(sentTo(rig, 0)).toContain('Be short.');
  });

  test('parses an answer that follows a schema', async () => {
    await using rig = await startVendor(provider, [{ text: '{"city":"Paris"}' }]);
    const format = zodTextFormat(z.object({ city: z.string() }), 'place');
    const parsed = await clientOf(rig).responses.parse({ model: 'default', input: 'Where?', text: { format } });
    expect(parsed.output_parsed).toEqual({ city: 'Paris' });
    const streamed = await clientOf(rig)
      .responses.stream({ model: 'default', input: 'Where?', text: { format } })
      .finalResponse();
    expect(streamed.output_parsed).toEqual({ city: 'Paris' });
    expect(sentTo(rig, 0)).toContain('additionalProperties');
  });

  test('continues a response that is kept', async () => {
    // A provider of the same API is sent the whole conversation too.
    await using rig = await startVendor(provider, [CALLING, { text: 'Sunny.' }], KEEPS);
    const client = clientOf(rig);
    const first = await client.responses.create({ model: 'default', input: 'Paris?', tools: [WEATHER] });
    const second = await client.responses
      .stream({ model: 'default', previous_response_id: first.id, input: [RESULT], tools: [WEATHER] })
      .finalResponse();
    expect(second).toMatchObject({ output_text: 'Sunny.' });
    for (const part of ['Paris?', 'call_w1', RESULT.output]) expect(sentTo(rig, 1)).toContain(part);
    expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id, status: 'completed' });
    await client.responses.delete(second.id);
    await expect(client.responses.retrieve(second.id)).rejects.toThrow(NotFoundError);
  });

  test('continues with the items of an answer, and their reasoning, where nothing is kept', async () => {
    await using rig = await startVendor(provider, [CALLING, { text: 'Sunny.' }]);
    const shared = {
      model: 'default',
      tools: [WEATHER],
      store: false,
      include: ['reasoning.encrypted_content'],
    } as const;
    const options = { ...shared, tools: [...shared.tools], include: [...shared.include] };
    const client = clientOf(rig);
    const first = await client.responses.create({ ...options, input: 'Paris?' });
    const input = [{ role: 'user', content: 'Paris?' }, ...first.output, RESULT] as OpenAI.Responses.ResponseInput;
    expect((await client.responses.create({ ...options, input })).output_text).toBe('Sunny.');
    // A chat provider signs nothing.
    expect(sentTo(rig, 1).includes(`"${reasoning.signature}"`)).toBe(provider !== 'chat');
    expect(sentTo(rig, 1)).not.toContain('sw1.');
  });

  test('continues with references to items that are kept, and only to the client’s own', async () => {
    const auth = {
      keys: [
        { name: 'one', key: 'spillway-key-one' },
        { name: 'two', key: 'spillway-key-two' },
      ],
    };
    const config = { ...KEEPS.config, auth };
    await using rig = await startVendor(provider, [CALLING, { text: 'Sunny.' }], { config });
    const client = clientOf(rig, 'spillway-key-one');
    const first = await client.responses.create({ model: 'default', input: 'Paris?', tools: [WEATHER] });
    const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
    const body = { model: 'default', input: [{ role: 'user' as const, content: 'Paris?' }, ...references, RESULT] };
    expect((await client.responses.create(body)).output_text).toBe('Sunny.');
    expect(sentTo(rig, 1)).toContain('get_weather');
    expect(sentTo(rig, 1)).not.toContain('item_reference');
    const other = clientOf(rig, 'spillway-key-two').responses.create(body);
    // The vendor of the same API may have kept them itself.
    if (provider === 'responses') expect(sentTo(rig, await other.then(() => 2))).toContain('item_reference');
    else await expect(other).rejects.toThrow(BadRequestError);
  });

  test.each([
    ['an error within', 'error'],
    ['the cut of', 'cut'],
  ] as const)('throws for %s a stream, after what had arrived', async (_, ending) => {
    await using rig = await startVendor(provider, [saying(provider, { text: 'It is sunny in Paris.' }, ending)]);
    const stream = await clientOf(rig).responses.create({ model: 'default', input: 'Hi', stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    };
    await expect(read()).rejects.toThrow(APIError);
    expect(text).toBe('It is sunny');
    const whole = clientOf(rig).responses.stream({ model: 'default', input: 'Hi' }).finalResponse();
    await expect(whole).rejects.toThrow();
  });

  test.each([
    ['a bad request', openaiError(400, 'wrong'), BadRequestError, 400],
    ['an exhausted chain', openaiError(500, 'no'), InternalServerError, 503],
  ] as const)('throws the class of the status for %s', async (_, reply, kind, status) => {
    await using rig = await startVendor(provider, [reply]);
    const failed = clientOf(rig).responses.create({ model: 'default', input: 'Hi' });
    await expect(failed).rejects.toThrow(kind);
    await expect(failed).rejects.toMatchObject({ status });
  });
});

test.each(['messages', 'chat'] as const)('a response that is not known is an error over %s', async (provider) => {
  await using rig = await startVendor(provider, [{ text: 'Hello.' }]);
  const body = { model: 'default', previous_response_id: 'resp_1', input: 'Hi' };
  await expect(clientOf(rig).responses.create(body)).rejects.toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
  });
});
