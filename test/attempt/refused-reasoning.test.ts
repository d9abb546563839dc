import { describe, expect, test } from 'vitest';
import { openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { hitsOf, post, type Rig } from '../helpers/gateway.ts';
import { fakeClock } from '../helpers/clock.ts';
import type { Api } from '../helpers/vendors/said.ts';
import { saying, startVendors } from '../helpers/vendors/vendor.ts';

const SIGNATURE = 'c2lnbmVkLWJ5LWFub3RoZXI';
const TEXT = 'Sunny.';
const wrapped = (issuer: string): string => `sw1.${issuer}.${Buffer.from(SIGNATURE).toString('base64url')}`;

/** A conversation with reasoning of an earlier turn. */
const thinking = (signature: string) => ({
  model: 'default',
  max_tokens: 2000,
  messages: [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Look it up.', signature },
        { type: 'text', text: 'Where?' },
      ],
    },
    { role: 'user', content: 'Paris' },
  ],
});
const encrypted = (content: string) => ({
  model: 'default',
  store: false,
  input: [
    { role: 'user', content: 'Weather?' },
    { type: 'reasoning', summary: [], encrypted_content: content },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Where?' }] },
    { role: 'user', content: 'Paris' },
  ],
});

const REFUSALS: Readonly<Partial<Record<Api, Reply>>> = {
  messages: {
    status: 400,
    body: {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
      },
    },
  },
  responses: openaiError(400, 'The encrypted content gAAA... could not be verified.', {
    code: 'invalid_encrypted_content',
  }),
};

interface Case {
  readonly client: '/v1/messages' | '/v1/responses';
  readonly provider: 'messages' | 'responses';
  readonly body: Readonly<Record<string, unknown>>;
  /** The same conversation without the reasoning. */
  readonly without: Readonly<Record<string, unknown>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'messages over their own API': {
    client: '/v1/messages',
    provider: 'messages',
    body: thinking(SIGNATURE),
    without: { ...thinking(''), messages: [{ role: 'user', content: 'Weather?' }] },
  },
  'responses over their own API': {
    client: '/v1/responses',
    provider: 'responses',
    body: encrypted(SIGNATURE),
    without: { ...encrypted(''), input: 'Weather?' },
  },
  'responses over messages': {
    client: '/v1/responses',
    provider: 'messages',
    body: encrypted(wrapped('anthropic')),
    without: { ...encrypted(''), input: 'Weather?' },
  },
  'messages over responses': {
    client: '/v1/messages',
    provider: 'responses',
    body: thinking(wrapped('openai')),
    without: { ...thinking(''), messages: [{ role: 'user', content: 'Weather?' }] },
  },
};

/** Refuses requests with the reasoning, and answers others. */
const strict =
  (api: Api) =>
  (request: ScriptedRequest): Reply =>
    request.body.includes(SIGNATURE) ? (REFUSALS[api] ?? {}) : saying(api, { text: TEXT })(request);
const refusing = (api: Api) => (): Reply => REFUSALS[api] ?? {};
const send = ({ url }: Rig, path: string, body: object, key?: string): Promise<Response> =>
  post(fetch, url + path, body, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
const NAMED = { 'x-claude-code-session-id': 'c1' };

describe.each(Object.entries(CASES))(
  '%s: refused reasoning of an earlier turn',
  (_, { client, provider, body, without }) => {
    test('is left out of one more request to the same entry, for an answer and for a stream', async () => {
      await using rig = await startVendors([
        [provider, [strict(provider)]],
        ['chat', [{ text: 'never' }]],
      ]);
      for (const stream of [false, true]) {
        const response = await send(rig, client, { ...body, stream });
        expect([response.status, response.headers.get('x-spillway-provider')]).toEqual([200, 'a']);
        expect(await response.text()).toContain('Sun');
      }
      expect(hitsOf(rig)).toEqual([4, 0]);
      const sent = rig.upstreams[0]?.hits.map((hit) => hit.body.includes(SIGNATURE));
      expect(sent).toEqual([true, false, true, false]);
      // The rest of the conversation is sent again.
      expect(String(rig.upstreams[0]?.hits[1]?.body)).toContain('Where?');
    });

    test('is left out at once in the next turn of the same conversation of the same principal', async () => {
      const clock = fakeClock();
      const keys = ['spillway-key-number-one', 'spillway-key-number-two'] as const;
      const config = { auth: { keys: keys.map((key, n) => ({ name: `k${n}`, key })) } };
      await using rig = await startVendors([[provider, [strict(provider)]]], { clock, config });
      const turn = async (key: string, headers: Readonly<Record<string, string>>): Promise<number> => {
        const before = hitsOf(rig)[0] ?? 0;
        await post(fetch, rig.url + client, body, { headers: { ...headers, authorization: `Bearer ${key}` } });
        return (hitsOf(rig)[0] ?? 0) - before;
      };
      expect(await turn(keys[0], NAMED)).toBe(2);
      expect(await turn(keys[0], NAMED)).toBe(1);
      // Another conversation, another principal, and one that is not named.
      expect(await turn(keys[0], { 'x-claude-code-session-id': 'c2' })).toBe(2);
      expect(await turn(keys[1], NAMED)).toBe(2);
      expect(await turn(keys[0], {})).toBe(2);
      expect(await turn(keys[0], {})).toBe(2);
      clock.advance(3_600_000);
      expect(await turn(keys[0], NAMED)).toBe(2);
    });

    test('makes the entry unsuited where it is refused again, and the next one is tried', async () => {
      await using rig = await startVendors([
        [provider, [refusing(provider)]],
        ['chat', [{ text: TEXT }]],
      ]);
      const response = await send(rig, client, body);
      expect([response.status, response.headers.get('x-spillway-provider')]).toEqual([200, 'b']);
      expect(hitsOf(rig)).toEqual([2, 1]);
      const { trail } = await rig.ended();
      expect(trail.map(({ outcome }) => outcome)).toEqual(['unsuited', 'answered']);
      // The entry is out of service for nobody.
      await send(rig, client, body);
      expect(hitsOf(rig)).toEqual([4, 2]);
    });

    test('is not retried where none was sent', async () => {
      await using rig = await startVendors([
        [provider, [refusing(provider)]],
        ['chat', [{ text: TEXT }]],
      ]);
      const response = await send(rig, client, without);
      expect([response.status, hitsOf(rig)]).toEqual([200, [1, 1]]);
    });
  },
);
