import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../../src/lib/record.ts';
import type { Reply } from '../../../src/testing/index.ts';
import { mismatches, presentAt } from '../../dialects/pairs/case-match.ts';
import { type PairCase, pairCases } from '../../dialects/pairs/cases.ts';
import { checkedResponse, type WrittenEvent } from '../../dialects/openai/responses/response-events.ts';
import { checkMessageGrammar } from '../../helpers/message-grammar.ts';
import { type Api, APIS } from './fixtures.ts';
import { ask, askStream, serving } from './rig.ts';

const isApi = (name: string): name is Api => APIS.some((each) => each === name);

/** The cases of a kind between APIs that are served. */
function casesOf(kind: PairCase['kind']) {
  return pairCases(kind).flatMap((each) => {
    const { from, to } = each;
    return isApi(from) && isApi(to) ? [{ ...each, from, to }] : [];
  });
}

/** A request that any API takes. */
const REQUESTS: Readonly<Record<Api, object>> = {
  chat: { messages: [{ role: 'user', content: 'x' }] },
  responses: { input: 'x' },
  messages: { max_tokens: 100, messages: [{ role: 'user', content: 'x' }] },
};
const STREAM = { 'content-type': 'text/event-stream' };

/** The events of an API as bytes. `"END"`: the stream breaks off there. */
function replyOf(api: Api, events: readonly unknown[]): Reply {
  const whole = events.filter((event) => event !== 'END');
  const chunks = whole.map((event) => {
    const name = api === 'chat' ? '' : `event: ${String(fieldsOf(event)['type'])}\n`;
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });
  if (api === 'chat' && whole.length === events.length) chunks.push('data: [DONE]\n\n');
  return { headers: STREAM, chunks };
}

/** The events of a text, each parsed. */
function eventsIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  const data = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => fieldsOf(JSON.parse(json)));
  // Every named event has its type as its name.
  const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  if (names.length > 0) expect(names).toEqual(data.map(({ type }) => type));
  return data;
}

describe('requests through the running gateway', () => {
  test.each(casesOf('request'))('$id $from to $to: $title', async (given) => {
    const { from, to, outcome, wantError } = given;
    const { model, ...facts } = given.target ?? {};
    await using rig = await serving(to, replyOf(to, []), { model: typeof model === 'string' ? model : 'm', facts });
    const response = await ask(from, rig.gateway, { ...Object(given.in), model: 'default' }, given.requestHeaders);
    const [received] = rig.upstream.hits;
    if (outcome !== undefined) {
      expect(response.status).toBe(400);
      expect(received).toBeUndefined();
      if (wantError !== undefined) {
        const { status, ...members } = wantError;
        expect([response.status, await response.json()]).toMatchObject([status, { error: members }]);
      }
      return;
    }
    const body: unknown = JSON.parse(String(received?.body));
    expect([...mismatches(body, given.want, given), ...presentAt(body, given.absent)]).toEqual([]);
  });
});

describe('streams through the running gateway', () => {
  test.each(casesOf('stream'))('$id $from to $to: $title', async (given) => {
    const { from, to, want: wanted } = given;
    const events = Array.isArray(given.in) ? given.in : [];
    await using rig = await serving(from, replyOf(from, events));
    const body = { ...REQUESTS[to], ...given.request, model: 'default' };
    const want = fieldsOf(wanted);
    const response = await ask(to, rig.gateway, { ...body, stream: true });
    const written = eventsIn(await response.text());
    const types = written.map(({ type }) => type);
    if (want['types'] !== undefined) expect(types).toEqual(want['types']);
    for (const type of Array.isArray(want['none']) ? want['none'] : []) expect(types).not.toContain(type);
    if (want['first'] !== undefined) expect(mismatches(written[0], want['first'])).toEqual([]);
    if (want['deltas'] !== undefined) expect(mismatches(openingDeltas(written), want['deltas'])).toEqual([]);
    if (want['grammar'] === true && to === 'messages') checkMessageGrammar(written);
    if (want['grammar'] === true && to === 'responses') checkedResponse(written as readonly WrittenEvent[]);
    if (want['last'] !== undefined) expect(types.at(-1)).toBe(want['last']);
    if (want['error'] !== undefined) {
      expect(mismatches(written.at(-1)?.['error'], want['error'])).toEqual([]);
      await expect(askStream(to, rig.gateway, body)).rejects.toThrow(/./);
      return;
    }
    const final = await askStream(to, rig.gateway, body);
    expect([...mismatches(final, want['final'], given), ...presentAt(final, absentIn(want))]).toEqual([]);
  });
});

/** The deltas of a chat stream that begin a call. */
function openingDeltas(chunks: readonly Readonly<Record<string, unknown>>[]): readonly object[] {
  return chunks
    .map(({ choices }) => fieldsOf(fieldsOf(Array.isArray(choices) ? choices[0] : undefined)['delta']))
    .filter(({ tool_calls: calls }) => Array.isArray(calls) && fieldsOf(calls[0])['id'] !== undefined);
}

function absentIn({ absent }: Readonly<Record<string, unknown>>): readonly string[] {
  return Array.isArray(absent) ? absent.map(String) : [];
}

test('a signature that its vendor refuses: once more at the same entry, without the thinking of the history', async () => {
  const [given] = pairCases('error').filter(({ id }) => id === 'D59');
  const { status, body } = fieldsOf(given?.in);
  const whole = { type: 'message', id: 'msg_1', role: 'assistant', model: 'm', stop_reason: 'end_turn' };
  const answer = { ...whole, content: [{ type: 'text', text: 'ok' }], usage: { input_tokens: 1, output_tokens: 1 } };
  await using rig = await serving('messages', [{ status: Number(status), body: fieldsOf(body) }, { body: answer }]);
  const history = [
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'user', content: 'c' },
  ];
  const request = { model: 'default', max_tokens: 10, messages: history, metadata: { user_id: 'session-1' } };
  const response = await ask('messages', rig.gateway, request);
  expect([response.status, await response.json()]).toMatchObject([200, { content: [{ text: 'ok' }] }]);
  // The conversation is remembered, so that its next turn needs one request.
  expect((await ask('messages', rig.gateway, request)).status).toBe(200);
  const bodies = rig.upstream.hits.map(({ body: sent }) => String(sent));
  expect(bodies.map((sent) => sent.includes('thinking'))).toEqual([true, false, false]);
});

const ANSWER = {
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }],
};

test('an error of the vendor before a token shows nothing, and the next entry answers', async () => {
  const [given] = pairCases('error').filter(({ id }) => id === 'D60');
  const { events } = fieldsOf(given?.in);
  await using rig = await serving('responses', replyOf('responses', Array.isArray(events) ? events : []));
  await using other = await serving('chat', replyOf('chat', [ANSWER]));
  await using both = await serving('chat', replyOf('chat', []), {
    config: {
      providers: {
        a: { dialect: 'openai-responses', baseUrl: rig.upstream.baseUrl, apiKey: 'k' },
        b: {
          baseUrl: other.upstream.baseUrl,
          apiKey: 'k',
        },
      },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
  });
  const response = await ask('chat', both.gateway, { ...REQUESTS.chat, model: 'default', stream: true });
  const text = await response.text();
  expect(text).toContain('"content":"ok"');
  expect(text).not.toContain('"error"');
  expect(rig.upstream.hits).toHaveLength(1);
  expect(other.upstream.hits).toHaveLength(1);
});
