import { expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

test.each([
  ['chat/completions', 'messages', { messages: [] }],
  ['chat/completions', 'messages', { messages: ['Hello'] }],
  ['chat/completions', 'model', { ...HELLO, model: '' }],
  ['embeddings', 'input', {}],
  ['embeddings', 'input', { input: [] }],
  ['embeddings', 'input', { input: null }],
  ['embeddings', 'model', { input: 'x', model: 'm'.repeat(257) }],
  ['chains/explain', 'messages', { messages: {} }],
  ['chains/explain', 'messages', { messages: 'Hello' }],
])(
  '%s without a valid %s is refused before any provider, and the message names the field: %j',
  async (path, field, body) => {
    await using rig = await startRig([responder({ content: 'ok' })]);
    const response = await post(fetch, `${rig.url}/v1/${path}`, body);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_request', message: expect.stringContaining(field) } },
    ]);
    expect(rig.upstreams[0]?.hits).toHaveLength(0);
  },
);
