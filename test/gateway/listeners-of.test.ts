import { expect, test } from 'vitest';
import { HELLO } from '../helpers/hello.ts';
import { post } from '../helpers/gateway.ts';
import { principalOf } from '../helpers/principal.ts';
import { ask, startOnStore } from '../helpers/store-gateway.ts';
import { open, temporaryFolder } from '../helpers/store.ts';

test('the store has the last use of its keys and of those of the file, and of no identity of an application', async () => {
  using folder = temporaryFolder();
  let id: string;
  {
    await using rig = await startOnStore(folder.file);
    const made = (await ask(rig, '/v1/keys', { body: { name: 'ci' } })).body;
    ({ id } = made);
    await ask(rig, '/v1/chat/completions', { key: made.secret, body: { ...HELLO, model: 'default' } });
    const url = 'http://spillway/v1/chat/completions';
    for (const fetchAs of [rig.gateway.fetchAs(principalOf('a-user')), rig.gateway.fetch])
      expect((await post(fetchAs, url, HELLO)).status).toBe(200);
    expect(await rig.ended(3)).toMatchObject({ code: 'ok' });
  }
  await using store = await open(folder.file);
  expect([...(await store.records.lastUsed()).keys()].toSorted()).toEqual([id, 'root'].toSorted());
});
