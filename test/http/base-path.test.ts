import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BELOW = { config: { server: { basePath: '/team/llm' } } };

test('below server.basePath everything is served, and without it as well', async () => {
  await using rig = await startRig([responder({ content: 'served' })], BELOW);
  for (const base of [`${rig.url}/team/llm`, rig.url]) {
    const answer = await post(fetch, `${base}/v1/chat/completions`, HELLO);
    expect([base, answer.status, await answer.json()]).toMatchObject([base, 200, { object: 'chat.completion' }]);
    for (const path of ['/livez', '/trpc/models.list?batch=1', '/docs/', '/openapi.json', '/?x=1'])
      expect([base, path, (await fetch(base + path)).status]).toEqual([base, path, 200]);
    const error = await (await post(fetch, `${base}/v1/messages`, {})).json();
    expect(error).toMatchObject({ type: 'error' });
  }
});

test('paths that only begin like the base path are not below it', async () => {
  await using rig = await startRig([{}], BELOW);
  for (const path of [
    '/team/llmx/livez',
    '/team/livez',
    '/Team/llm/livez',
    '/team%2Fllm/livez',
    '/team/llm/team/llm/livez',
  ])
    expect([path, (await fetch(rig.url + path)).status]).toEqual([path, 404]);
  expect(rig.finished().at(-1)).toMatchObject({ path: '/team/llm/livez' });
});

test('redirects stay below the base path, with its last slash or without', async () => {
  await using rig = await startRig([{}], BELOW);
  for (const [path, target] of [
    ['/team/llm', '/team/llm/ui/'],
    ['/team/llm/?x=1', '/team/llm/ui/'],
    ['/team/llm/ui', '/team/llm/ui/'],
    ['/team/llm/docs', '/team/llm/docs/'],
    ['/', '/ui/'],
  ] as const) {
    const { headers } = await fetch(rig.url + path, { headers: { accept: 'text/html' }, redirect: 'manual' });
    expect([path, new URL(headers.get('location') ?? '', rig.url + path).pathname]).toEqual([path, target]);
  }
});

test.each([
  ['/llm/', '/llm'],
  ['/', ''],
  ['/a/b.c', '/a/b.c'],
  ['llm', undefined],
  ['/a//b', undefined],
  ['/a?b', undefined],
  ['/a/../b', undefined],
  ['/ä', undefined],
])('server.basePath %j is %s', (basePath, used) => {
  const result = parseConfig(
    {
      server: { basePath },
      providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
      chains: { c: { entries: ['a/m'] } },
    },
    {},
  );
  expect(result.ok ? result.config.server?.basePath : undefined).toBe(used);
});
