import { APICallError, embed, embedMany, generateText, Output, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createSpillway, type SpillwayProvider } from '../../client/ai.ts';
import { chunk, openaiError, responder } from '../../src/testing/index.ts';
import { hitsOf, type Rig, startRig } from '../helpers/gateway.ts';

const ANSWER = 'Hello to you too.';
const drops = responder({ content: 'drop '.repeat(500), delay: 5 });
const prompt = 'Hello';

/** The provider over each way to a gateway. */
const PROVIDERS: Readonly<Record<string, (rig: Rig) => SpillwayProvider>> = {
  'over HTTP': ({ url }) => createSpillway({ baseURL: url }),
  'over HTTP, below /v1': ({ url }) => createSpillway({ baseURL: `${url}/v1/` }),
  'with the fetch of a gateway': ({ gateway }) =>
    createSpillway({ baseURL: 'http://any.test/v1', fetch: gateway.fetch }),
  'with a gateway': ({ gateway }) => createSpillway({ gateway }),
};

describe.each(Object.entries(PROVIDERS))('%s', (_, providerOf) => {
  test('generates a text, after a failover', async () => {
    await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
    const { text, finishReason, response, usage } = await generateText({ model: providerOf(rig)('default'), prompt });
    expect([text, finishReason, response.headers?.['x-spillway-provider']]).toEqual([ANSWER, 'stop', 'b']);
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(hitsOf(rig)).toEqual([1, 1]);
  });

  test('streams a text, with its usage', async () => {
    await using rig = await startRig([openaiError(429, 'busy'), responder({ content: ANSWER })]);
    const { textStream, usage } = streamText({ model: providerOf(rig)('default'), prompt });
    const pieces = await Array.fromAsync(textStream);
    expect([pieces.length > 1, pieces.join('')]).toEqual([true, ANSWER]);
    expect((await usage).outputTokens).toBeGreaterThan(0);
    expect((await rig.ended()).code).toBe('ok');
  });

  test('throws the error of an exhausted chain, with its code', async () => {
    await using rig = await startRig([openaiError(500, 'down')]);
    const error: unknown = await generateText({ model: providerOf(rig)('default'), prompt, maxRetries: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 503, data: { error: { code: 'all_providers_exhausted' } } });
  });

  test('ends a stream that breaks off with the error of the gateway', async () => {
    await using rig = await startRig([{ chunks: [chunk({ delta: { content: 'It breaks' } })], end: 'fin' }]);
    const errors: unknown[] = [];
    const onError = ({ error }: { error: unknown }): void => void errors.push(error);
    const { textStream } = streamText({ model: providerOf(rig)('default'), prompt, maxRetries: 0, onError });
    await Array.fromAsync(textStream).catch((error: unknown) => errors.push(error));
    const { code } = await rig.ended();
    expect(code).toBe('upstream_truncated');
    expect(errors).toContainEqual(expect.objectContaining({ code }));
  });

  test.each([
    ['a text', { head: false, end: 'hang' } as const, false],
    ['a stream', drops, true],
  ])("cancels the provider's work when the signal aborts %s", async (_name, script, isStream) => {
    await using rig = await startRig([script]);
    const model = providerOf(rig)('default');
    const abort = new AbortController();
    const options = { model, prompt, abortSignal: abort.signal, onError: () => undefined };
    const run = isStream ? Array.fromAsync(streamText(options).textStream) : generateText(options);
    const ended = run.then(
      () => 'ended',
      () => 'ended',
    );
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    abort.abort();
    expect(await ended).toBe('ended');
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect((await rig.ended()).code).toBe('client_closed');
  });

  test('embeds one text and many', async () => {
    await using rig = await startRig([responder({ content: '' })]);
    const model = providerOf(rig).embeddingModel('default');
    const { embedding } = await embed({ model, value: 'a' });
    const { embeddings } = await embedMany({ model, values: ['a', 'b'] });
    expect([embedding.length > 0, embeddings.length]).toEqual([true, 2]);
  });
});

test('sends its key, and throws a 401 for a wrong one', async () => {
  await using rig = await startRig([responder({ content: ANSWER })], {
    config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } },
  });
  const send = (apiKey: string) =>
    generateText({ model: createSpillway({ baseURL: rig.url, apiKey })('default'), prompt });
  expect((await send('spillway-key-one')).text).toBe(ANSWER);
  await expect(send('x')).rejects.toMatchObject({ statusCode: 401, data: { error: { code: 'invalid_api_key' } } });
});

test('fails over from an answer that does not match the schema of an object', async () => {
  await using rig = await startRig([responder({ content: '{"name":7}' }), responder({ content: '{"name":"Bern"}' })]);
  const { output } = await generateText({
    model: createSpillway({ gateway: rig.gateway })('default'),
    prompt: 'Which city is the capital of Switzerland?',
    output: Output.object({ schema: z.object({ name: z.string() }) }),
    providerOptions: { spillway: { validate: {} } },
  });
  expect(output).toEqual({ name: 'Bern' });
  expect(hitsOf(rig)).toEqual([1, 1]);
});
