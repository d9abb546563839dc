import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { openaiError } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

const start = (): Promise<Rig> => startRig([openaiError(500, 'no'), openaiError(500, 'no')]);
const NAMES = ['default', 'a/model-a', 'b/model-b'];

async function get(rig: Rig, query: string): Promise<[number, unknown]> {
  const response = await fetch(`${rig.url}/v1/models${query}`);
  return [response.status, await response.json()];
}

test('a list of models has the members of OpenAI’s and of Anthropic’s API', async () => {
  await using rig = await start();
  expect(await get(rig, '')).toEqual([
    200,
    {
      object: 'list',
      data: NAMES.map((id) =>
        expect.objectContaining({
          id,
          object: 'model',
          type: 'model',
          display_name: id,
          created: 0,
          created_at: '1970-01-01T00:00:00Z',
        }),
      ),
      has_more: false,
      first_id: 'default',
      last_id: 'b/model-b',
    },
  ]);
  expect(await get(rig, '/a/model-a')).toMatchObject([200, { type: 'model', display_name: 'a/model-a' }]);
});

test.each([
  ['?limit=1000', NAMES, false],
  ['?limit=2', NAMES.slice(0, 2), true],
  ['?after_id=default&limit=1', ['a/model-a'], true],
  ['?after_id=a%2Fmodel-a', ['b/model-b'], false],
  ['?before_id=b%2Fmodel-b&limit=1', ['a/model-a'], true],
  ['?api-version=1&order=asc', NAMES, false],
])('%s lists %j', async (query, names, has_more) => {
  await using rig = await start();
  const [status, list] = await get(rig, query);
  expect([status, list]).toMatchObject([
    200,
    { data: names.map((id) => ({ id })), has_more, first_id: names[0], last_id: names.at(-1) },
  ]);
  expect(list).not.toHaveProperty('models');
});

test.each(['limit=0', 'limit=1001', 'limit=x', 'after_id=x', 'before_id=x'])('?%s is refused', async (query) => {
  await using rig = await start();
  const [param] = query.split('=');
  expect(await get(rig, `?${query}`)).toMatchObject([400, { error: { code: 'invalid_request', param } }]);
});

test('Codex, which sends its version, gets the member that it requires', async () => {
  await using rig = await start();
  expect(await get(rig, '?client_version=0.144.0')).toMatchObject([
    200,
    { models: [], data: [{ id: 'default' }, {}, {}] },
  ]);
});

test('OpenAI’s SDK and the typed client list every model', async () => {
  await using rig = await start();
  const openai = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });
  const listed: string[] = [];
  for await (const { id } of openai.models.list()) listed.push(id);
  expect(listed).toEqual(NAMES);
  const { models } = createClient({ url: rig.url });
  expect((await models.list()).last_id).toBe('b/model-b');
  expect((await models.list({ limit: 1 })).data.map(({ id }) => id)).toEqual(['default']);
  expect((await rig.gateway.caller.models.list({ after_id: 'default', limit: 1 })).first_id).toBe('a/model-a');
});
