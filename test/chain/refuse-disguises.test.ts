import { describe, expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const REST = '/v1/chat/completions';

async function refusal(rig: Rig, path: string, body: object): Promise<unknown> {
  const response = await post(fetch, rig.url + path, body);
  const text = await response.text();
  const { code, param } = /"code":"(?<code>\w+)"/.test(text)
    ? { code: /"code":"(\w+)"/.exec(text)?.[1], param: /"param":"([^"]*)"/.exec(text)?.[1] }
    : { code: String(response.status), param: undefined };
  return [code, param];
}

describe('a field of the API in another case is refused, since a provider may take it for the field', () => {
  test.each([
    'Model',
    'MODEL',
    'mOdel',
    'Models',
    'Messages',
    'Stream',
    'stream_Options',
    'Max_Tokens',
    'N',
    '\u017ftream',
    'max_to\u212aens',
  ])('%s, at every door', async (name) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const body = { ...HELLO, [name]: 'other' };
    const ways = [REST, '/trpc/chat.completions.create', '/trpc/chat.completions.stream'];
    for (const way of ways) expect([way, await refusal(rig, way, body)]).toEqual([way, ['invalid_request', name]]);
    expect(await refusal(rig, '/trpc/chat.completions.create?batch=1', { 0: body })).toEqual(['invalid_request', name]);
    await expect(rig.gateway.caller.chat.completions.create(body)).rejects.toMatchObject({
      code: 'invalid_request',
      wire: { param: name },
    });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('of embeddings too', async () => {
    await using rig = await startRig([{}]);
    expect(await refusal(rig, '/v1/embeddings', { input: 'x', Input: 'y' })).toEqual(['invalid_request', 'Input']);
  });
});

test('a field that the configuration has a rule for is refused in another case, and only in a chain with that rule', async () => {
  const providers = { a: { models: { 'model-a': { parameters: { max: { beams: 2 }, set: { tier: 'low' } } } } } };
  await using ruled = await startRig([chatCompletion({ content: 'x' })], { providers });
  for (const name of ['Beams', 'TIER'])
    expect(await refusal(ruled, REST, { ...HELLO, [name]: 9 })).toEqual(['invalid_request', name]);
  await using free = await startRig([chatCompletion({ content: 'x' })]);
  for (const name of ['Beams', 'TIER', 'x-Custom', 'someThing'])
    expect(await refusal(free, REST, { ...HELLO, [name]: 9 })).toEqual(['200', undefined]);
});
