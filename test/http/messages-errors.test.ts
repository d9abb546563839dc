import { describe, expect, test } from 'vitest';
import { openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { exchange } from '../helpers/exchange.ts';

const PATH = '/v1/messages?beta=true';
const HELLO = { model: 'default', max_tokens: 16, messages: [{ role: 'user', content: 'Hello' }] };
const KEYED = { config: { auth: { keys: [{ name: 'app', key: 'spillway-key-one' }] } } };

/** A request that is refused, and the type and code of its error. */
interface Refused {
  readonly send: (rig: Rig) => Promise<Response>;
  readonly status: number;
  readonly type: string;
  readonly code: string;
}

const REFUSED: Readonly<Record<string, Refused>> = {
  'a page of another origin': {
    send: (rig) => post(fetch, rig.url + PATH, HELLO, { headers: { origin: 'https://x.example' } }),
    status: 403,
    type: 'permission_error',
    code: 'forbidden_origin',
  },
  'another type of body': {
    send: (rig) => post(fetch, rig.url + PATH, HELLO, { headers: { 'content-type': 'text/plain' } }),
    status: 415,
    type: 'invalid_request_error',
    code: 'unsupported_media_type',
  },
  'a body that is too large': {
    send: (rig) => post(fetch, rig.url + PATH, { ...HELLO, pad: 'x'.repeat(3000) }),
    status: 413,
    type: 'request_too_large',
    code: 'request_too_large',
  },
  'a body that is no JSON': {
    send: (rig) => post(fetch, rig.url + PATH, '{'),
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_json',
  },
  'another method': {
    send: (rig) => fetch(rig.url + PATH),
    status: 405,
    type: 'invalid_request_error',
    code: 'method_not_allowed',
  },
  'no messages': {
    send: (rig) => post(fetch, rig.url + PATH, { model: 'default' }),
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_request',
  },
  'an unknown model': {
    send: (rig) => post(fetch, rig.url + PATH, { ...HELLO, model: 'x' }),
    status: 404,
    type: 'not_found_error',
    code: 'model_not_found',
  },
};

describe('below /v1/messages an error has Anthropic’s shape and the header `request-id`', () => {
  test.each(Object.entries(REFUSED))('%s', async (_, { send, status, type, code }) => {
    await using rig = await startRig([openaiError(500, 'no')], { bodyLimit: 2000 });
    const response = await send(rig);
    const body = (await response.json()) as { request_id: string };
    expect([response.status, body]).toMatchObject([
      status,
      { type: 'error', error: { type, code, message: expect.stringMatching(/\S/) } },
    ]);
    expect(response.headers.get('request-id')).toBe(body.request_id);
    expect(response.headers.get('x-request-id')).toBe(body.request_id);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test.each([
    ['no length of the body', '', 411],
    ['an expectation that cannot be met', 'content-length: 0\r\nexpect: a-miracle\r\n', 417],
  ])('%s', async (_, header, status) => {
    await using rig = await startRig([openaiError(500, 'no')]);
    const { host } = new URL(rig.url);
    const sent = `POST ${PATH} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${header}\r\n`;
    const [head = '', body = ''] = (await exchange(rig.url, sent)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/\r\nrequest-id: /i);
    expect(body).toContain('"type":"error","error":{"type":"invalid_request_error"');
  });

  test('a missing key', async () => {
    await using rig = await startRig([openaiError(500, 'no')], KEYED);
    const response = await post(fetch, rig.url + PATH, HELLO);
    expect([response.status, await response.json()]).toMatchObject([401, { error: { type: 'authentication_error' } }]);
  });

  test('a key in `x-api-key`, which Anthropic’s clients send, is known', async () => {
    await using rig = await startRig([openaiError(500, 'no')], KEYED);
    const response = await post(
      fetch,
      rig.url + PATH,
      { model: 'x', max_tokens: 16, messages: HELLO.messages },
      {
        headers: { 'x-api-key': 'spillway-key-one' },
      },
    );
    expect(response.status).toBe(404);
  });
});

test('an unknown path below /v1/messages, and other APIs, keep OpenAI’s shape', async () => {
  await using rig = await startRig([openaiError(500, 'no')], { bodyLimit: 2000 });
  for (const path of ['/v1/messages/batches', '/v1/responses', '/v1/completions']) {
    const response = await post(fetch, rig.url + path, { model: 'default', pad: 'x'.repeat(3000) });
    expect(await response.json()).toEqual({
      error: expect.objectContaining({ type: 'invalid_request_error', param: null }),
    });
    expect(response.headers.get('request-id')).toBeNull();
  }
});

test('HEAD / answers, as some clients of Messages test it at their start', async () => {
  await using rig = await startRig([openaiError(500, 'no')], KEYED);
  const response = await fetch(rig.url, { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([200, '']);
});
