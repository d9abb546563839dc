import { expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const operations = (rig: Rig): string[] => rig.finished().map(({ operation }) => operation);

test('a call in process is recorded by the name of its procedure', async () => {
  await using rig = await startRig([responder({ content: 'ok' })]);
  const { caller } = rig.gateway;
  await caller.models.list();
  await caller.chat.completions.create(HELLO);
  for await (const _ of await caller.chat.completions.stream(HELLO)) continue;
  expect(operations(rig)).toEqual(['models.list', 'chat.completions.create', 'chat.completions.stream']);
});

test('each call of a batch is recorded by the name of its own procedure', async () => {
  await using rig = await startRig([responder({ content: 'ok' })]);
  const input = { model: 'default', input: 'x' };
  const url = `${rig.url}/trpc/chat.completions.create,embeddings.create?batch=1`;
  const response = await post(fetch, url, { 0: HELLO, 1: input });
  expect(await response.json()).toHaveLength(2);
  expect(operations(rig).toSorted()).toEqual(['chat.completions.create', 'embeddings.create']);
});
