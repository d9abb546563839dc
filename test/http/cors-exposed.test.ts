import { expect, test } from 'vitest';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const ORIGIN = 'https://app.example';
/** Headers of ours that a page has no use for, or may read anyway. */
const OTHERS = /^(access-control-|connection$|content-|date$|keep-alive$|transfer-encoding$|vary$|www-authenticate$)/;

test.each([
  ['an answer', chatCompletion({ content: 'x' }), 200, ['x-spillway-attempts', 'x-spillway-chain', 'x-spillway-model']],
  ['an error', openaiError(401, 'no'), 503, ['retry-after', 'x-request-id', 'x-should-retry']],
])('a page of a listed origin may read every header of %s', async (_, reply, status, some) => {
  await using rig = await startRig([reply], { config: { server: { cors: { origins: [ORIGIN] } } } });
  const headers = { origin: ORIGIN, 'sec-fetch-site': 'cross-site' };
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
  const exposed = response.headers.get('access-control-expose-headers')?.split(', ') ?? [];
  const sent = [...response.headers.keys()].filter((name) => !OTHERS.test(name));
  expect(response.status).toBe(status);
  expect(sent).toEqual(expect.arrayContaining(some));
  expect(sent.filter((name) => !exposed.includes(name))).toEqual([]);
});
