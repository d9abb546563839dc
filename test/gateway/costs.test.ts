import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { usageOfCancelled, usageOfFailed } from '../../src/attempt/billed-usage.ts';
import type { Call } from '../../src/domain/call.ts';
import type { AdmissionEnd } from '../../src/limits/admission.ts';
import {
  chatCompletion,
  chatStream,
  chunk,
  embeddings,
  openaiError,
  type Reply,
  type Script,
  type ScriptedRequest,
} from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const CHAT = '/v1/chat/completions';
const USAGE = { prompt_tokens: 400, completion_tokens: 25, total_tokens: 425 };
/** US dollars per million tokens: a token of input is 2,000 nano-dollars, one of output 8,000. */
const PRICED = { models: { '*': { price: { input: 2, output: 8 } } } };
/** By the estimate, the prompt of `HELLO` has 5 tokens. */
const PROMPT_NANO = 5 * 2000;
/** The same request for the `openai` package. */
const ASKED = { model: 'default', messages: [{ role: 'user' as const, content: 'Hello' }] };
const COMPLETION = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
};
const ANSWER = { body: { ...COMPLETION, usage: USAGE } };
const ANSWER_NANO = 400 * 2000 + 25 * 8000;

function priced(scripts: readonly Script[], options: RigOptions = {}): Promise<Rig> {
  return startRig(scripts, { provider: PRICED, ...options });
}

function ask(rig: Rig, more: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return post(fetch, `${rig.url}${CHAT}`, { ...HELLO, ...more }, { headers });
}

const ESTIMATED = {
  usage: { source: 'estimated' },
  costNano: PROMPT_NANO,
  costSource: 'configured',
  costApproximate: true,
};

describe('an attempt that ends', () => {
  test('with an answer costs its usage by the price', async () => {
    await using rig = await priced([ANSWER]);
    await (await ask(rig)).text();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome: 'answered', costNano: ANSWER_NANO, costSource: 'configured' }]);
    expect(trail[0]?.costApproximate).toBeUndefined();
    expect(cost).toEqual({ nano: ANSWER_NANO, source: 'configured', approximate: false });
  });

  test.each([
    ['throttled', openaiError(429, 'Rate limit reached. Please try again in 20s.')],
    ['overloaded', openaiError(503, 'server busy')],
    ['unauthorised', openaiError(401, 'Incorrect API key provided')],
    ['exhausted', openaiError(402, 'Insufficient balance')],
  ] as const)('%s costs nothing, and the answer of the next entry has the whole cost', async (outcome, refusal) => {
    await using rig = await priced([refusal, ANSWER]);
    await (await ask(rig)).text();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome }, { outcome: 'answered', costNano: ANSWER_NANO }]);
    expect([trail[0]?.usage, trail[0]?.costNano]).toEqual([undefined, undefined]);
    expect(cost).toEqual({ nano: ANSWER_NANO, source: 'configured', approximate: false });
  });

  test.each([
    ['silent', true, streamOf([])],
    ['malformed', false, { headers: { 'content-type': 'application/json' }, chunks: ['{"id":'] }],
  ] as const)('%s costs its prompt, by estimate, beside the answer', async (outcome, stream, reply) => {
    await using rig = await priced([reply, stream ? chatStream({ content: 'Hi' }) : ANSWER]);
    await (await ask(rig, { stream })).text();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome, ...ESTIMATED }, { outcome: 'answered' }]);
    const answered = trail[1]?.costNano ?? Number.NaN;
    expect(cost).toEqual({ nano: PROMPT_NANO + answered, source: 'configured', approximate: true });
  });

  test('without any reply in time costs its prompt beside the answer', async () => {
    const clock = fakeClock();
    const chain = { timeouts: { total: '10s' } };
    await using rig = await priced([{ head: false, end: 'hang' }, ANSWER], { clock, chain });
    const asked = ask(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(10_000);
    await (await asked).text();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome: 'unreachable', ...ESTIMATED }, { outcome: 'answered' }]);
    expect(cost).toEqual({ nano: PROMPT_NANO + ANSWER_NANO, source: 'configured', approximate: true });
  });

  test('without any reply, because its client disconnects, costs its prompt, and settles that', async () => {
    const ends: AdmissionEnd[] = [];
    const settle = (end: AdmissionEnd): void => void ends.push(end);
    const admission = { reserve: () => ({ headers: {}, settle }) };
    await using rig = await priced([{ head: false, end: 'hang' }], { admission });
    const client = new AbortController();
    const asked = post(fetch, `${rig.url}${CHAT}`, HELLO, { signal: client.signal }).catch(() => undefined);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    client.abort();
    await asked;
    const { trail, cost, code } = await rig.ended();
    expect(trail).toMatchObject([{ outcome: 'cancelled', ...ESTIMATED }]);
    expect([code, cost]).toEqual(['client_closed', { nano: PROMPT_NANO, source: 'configured', approximate: true }]);
    expect(ends.map((end) => end.cost)).toEqual([cost]);
  });

  test('cut by its client costs what was generated until then', async () => {
    const text = 'a'.repeat(330);
    await using rig = await priced([{ ...streamOf([chunk({ delta: { content: text } })]), end: 'hang' }]);
    const client = new AbortController();
    const response = await post(fetch, `${rig.url}${CHAT}`, { ...HELLO, stream: true }, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome: 'answered', usage: { input: 5, output: 100, source: 'estimated' } }]);
    expect(cost).toEqual({ nano: PROMPT_NANO + 100 * 8000, source: 'configured', approximate: true });
  });

  test('as the loser of a hedge costs its prompt beside the answer', async () => {
    const clock = fakeClock();
    const hedge = { after: '100ms', budget: 1 };
    const answer = chatStream({ content: 'Hi' });
    await using rig = await priced([{ ...streamOf([]), end: 'hang' }, answer], { clock, chain: { hedge } });
    const asked = ask(rig, { stream: true });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(100);
    await (await asked).text();
    const { trail, cost } = await rig.ended();
    expect(trail.find(({ reason }) => reason === 'hedge_lost')).toMatchObject(ESTIMATED);
    const answered = trail.find(({ outcome }) => outcome === 'answered')?.costNano ?? Number.NaN;
    expect(cost).toMatchObject({ nano: PROMPT_NANO + answered, approximate: true });
  });

  test('at an entry without a known price makes the cost unknown, and the known part stays in the trail', async () => {
    await using rig = await startRig([streamOf([]), chatStream({ content: 'Hi' })], { providers: { b: PRICED } });
    await (await ask(rig, { stream: true })).text();
    const { trail, cost } = await rig.ended();
    expect(trail).toMatchObject([{ outcome: 'silent', usage: { input: 5 } }, { outcome: 'answered' }]);
    expect([trail[0]?.costNano, typeof trail[1]?.costNano]).toEqual([undefined, 'number']);
    expect(cost).toEqual({ nano: null, source: 'none', approximate: false });
  });

  test('with a batch that was sent in parts costs the price of a request for each part', async () => {
    const models = { '*': { maxBatch: 2, price: { input: 2, output: 0, perRequest: 0.01 } } };
    await using rig = await startRig([(request) => embeddings(request)], { provider: { models } });
    await (await post(fetch, `${rig.url}/v1/embeddings`, { input: ['a', 'b', 'c', 'd', 'e'] })).text();
    const { usage, cost } = await rig.ended();
    expect(cost).toEqual({
      nano: 3 * 10_000_000 + (usage?.input ?? 0) * 2000,
      source: 'configured',
      approximate: false,
    });
  });

  test('in a count of tokens costs nothing, whatever the price is', async () => {
    const provider = {
      dialect: 'anthropic',
      models: { '*': { price: { input: 2, output: 8, perRequest: 1 } } },
    } as const;
    await using rig = await startRig([{ body: { input_tokens: 9 } }], { provider });
    await (await post(fetch, `${rig.url}/v1/messages/count_tokens`, HELLO)).text();
    expect(await rig.ended()).toMatchObject({ status: 200, cost: { nano: 0, approximate: false } });
  });
});

function streamOf(events: readonly string[]): Reply {
  return { headers: { 'content-type': 'text/event-stream' }, chunks: events };
}

describe('the bill of a request without an answer', () => {
  const call = { content: { inputTokens: 7 }, operation: {} } as Call;
  const silent = { kind: 'silent', message: '' } as const;

  test('is its prompt where it was sent, what is known where that is more, and nothing where it was refused', () => {
    const used = { input: 9, output: 1, source: 'provider' } as const;
    expect(usageOfFailed({ failure: silent, used: undefined, sent: true }, call)).toMatchObject({
      input: 7,
      output: 0,
    });
    expect(usageOfFailed({ failure: silent, used, sent: true }, call)).toBe(used);
    expect(usageOfFailed({ failure: silent, used: undefined, sent: false }, call)).toBeUndefined();
    const refused = { ...silent, status: 500 };
    expect(usageOfFailed({ failure: refused, used: undefined, sent: true }, call)).toBeUndefined();
  });

  test('has all output that it allowed where the provider bills a cancelled request in full', () => {
    const seen = { input: 9, output: 3, source: 'provider' } as const;
    expect(usageOfCancelled(seen, { cancelled: 'seen' }, 100)).toBe(seen);
    expect(usageOfCancelled(seen, { cancelled: 'full' }, 100)).toEqual({ ...seen, output: 100, source: 'estimated' });
    expect(usageOfCancelled(seen, { cancelled: 'full' }, 0)).toBe(seen);
  });
});

describe('the cost in an answer', () => {
  const INCLUDE = { 'x-spillway-include': 'cost' };

  test('is in a header, with nine decimals', async () => {
    await using rig = await priced([openaiError(503, 'busy'), ANSWER]);
    const { response, data } = await client(rig).chat.completions.create(ASKED).withResponse();
    expect(response.headers.get('x-spillway-cost')).toBe('0.001000000');
    expect(data.usage).toEqual(USAGE);
  });

  test('says in the header that it is approximate', async () => {
    await using rig = await priced([ANSWER]);
    const response = await ask(rig, { service_tier: 'flex' });
    expect(response.headers.get('x-spillway-cost')).toBe('0.001000000;approximate');
  });

  test('is in no header where it is unknown, of a stream, and of an error', async () => {
    await using unknown = await startRig([ANSWER]);
    expect((await ask(unknown)).headers.has('x-spillway-cost')).toBe(false);
    await using rig = await priced([[chatStream({ content: 'Hi' }), openaiError(400, 'no')]]);
    for (const more of [{ stream: true }, {}]) {
      const response = await ask(rig, more);
      await response.text();
      expect(response.headers.has('x-spillway-cost')).toBe(false);
    }
  });

  test('is a member of the usage on request, and every other byte is the provider’s', async () => {
    const sent = `{ "choices" : ${JSON.stringify(COMPLETION.choices)}, "id":"c1",  "usage" : {"prompt_tokens": 400 , "completion_tokens":25}, "x": 1.0 }`;
    const reply = { headers: { 'content-type': 'application/json' }, body: sent };
    await using rig = await priced([reply]);
    expect(await (await ask(rig)).text()).toBe(sent);
    const shown = await ask(rig, {}, INCLUDE);
    expect(await shown.text()).toBe(
      sent.replace('"completion_tokens":25}', '"completion_tokens":25,"cost":0.001000000}'),
    );
    const { outputBytes } = await rig.ended(1);
    expect(outputBytes).toBe(Buffer.byteLength(sent) + ',"cost":0.001000000'.length);
  });

  test('replaces the provider’s own figure by that of the whole request, and is null where it is unknown', async () => {
    await using rig = await startRig([streamOf([]), { body: { ...COMPLETION, usage: { ...USAGE, cost: 0.25 } } }]);
    const included = client(rig).chat.completions.create(ASKED, { headers: INCLUDE });
    // The first entry has no answer, and no price.
    expect((await included).usage).toEqual({ ...USAGE, cost: null });
    await using alone = await priced([{ body: { ...COMPLETION, usage: { ...USAGE, cost: 0.25 } } }]);
    const own = await client(alone).chat.completions.create(ASKED, { headers: INCLUDE });
    expect(own.usage).toEqual({ ...USAGE, cost: 0.25 });
  });

  test('is in the usage event of a stream that has one, and nothing else changes', async () => {
    await using rig = await priced([(request) => chatStream({ content: 'Hi there', usage: usageOf(request.body) })]);
    const read = async (more: object, headers = {}): Promise<string> =>
      await (await ask(rig, { stream: true, ...more }, headers)).text();
    const usage = { stream_options: { include_usage: true } };
    const plain = await read(usage);
    expect(await read(usage, INCLUDE)).toBe(
      plain.replace('"total_tokens":21}', '"total_tokens":21,"cost":0.000114000}'),
    );
    expect(await read({}, INCLUDE)).toBe(await read({}));
    const stream = await client(rig).chat.completions.create(
      { ...ASKED, ...usage, stream: true },
      { headers: INCLUDE },
    );
    const costs: unknown[] = [];
    for await (const { usage: counted } of stream) if (counted) costs.push((counted as { cost?: number }).cost);
    expect(costs).toEqual([0.000114]);
  });

  test('changes no other byte of its event, however that is written', async () => {
    const sent = [chunk({ delta: { content: 'Hi' } }), chunk({ finish: 'stop' }), usageEvent(), 'data: [DONE]\n\n'];
    const chunks = sent.map((each) => Buffer.from(each, 'latin1'));
    await using rig = await priced([{ headers: { 'content-type': 'text/event-stream' }, chunks }]);
    const more = { stream: true, stream_options: { include_usage: true } };
    const read = async (headers = {}): Promise<string> =>
      Buffer.from(await (await ask(rig, more, headers)).arrayBuffer()).toString('latin1');
    expect(await read()).toBe(sent.join(''));
    expect(await read(INCLUDE)).toBe(sent.join('').replace(usageEvent(), usageEvent(',"cost":0.000016000')));
  });

  test('is in the usage of Messages, and of a response and its last event', async () => {
    await using rig = await priced([answerTo]);
    const messages = { model: 'default', max_tokens: 9, messages: HELLO.messages, stream: true };
    const message = await (await post(fetch, `${rig.url}/v1/messages`, messages, { headers: INCLUDE })).text();
    expect(message).toMatch(/"usage":\{[^}]*"cost":0.000114000\}/);
    const input = { model: 'default', input: 'Hello' };
    const stream = await client(rig).responses.create({ ...input, stream: true }, { headers: INCLUDE });
    const costs: unknown[] = [];
    for await (const event of stream)
      if (event.type === 'response.completed') costs.push(fields(event.response.usage)['cost']);
    expect(costs).toEqual([0.000114]);
    const response = await client(rig).responses.create(input, { headers: INCLUDE });
    expect(fields(response.usage)['cost']).toBe(0.000114);
  });
});

function client(rig: Rig): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: `${rig.url}/v1`, maxRetries: 0 });
}

/** A stream where one is requested, with a usage where that is. */
function answerTo({ body }: ScriptedRequest): Reply {
  const content = 'Hi';
  return body.includes('"stream":true') ? chatStream({ content, usage: usageOf(body) }) : chatCompletion({ content });
}

function usageOf(body: Buffer): boolean {
  return body.includes('"include_usage":true');
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return { ...Object(value) };
}

/** An event whose JSON has blanks, and a byte that is no UTF-8 once it is written as Latin-1. */
function usageEvent(cost = ''): string {
  return `event: odd\ndata: { "choices":[], "x":"\u00ff",  "usage" : {"prompt_tokens":4,"completion_tokens":1 ${cost}} }\n\n`;
}
