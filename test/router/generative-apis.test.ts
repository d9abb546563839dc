import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { MessagesInput } from '../../src/domain/messages.ts';
import type { ResponsesInput } from '../../src/domain/responses.ts';
import type { CompletionsInput } from '../../src/domain/completions.ts';
import { openaiError, responder } from '../../src/testing/index.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'dialects');

interface Fixture {
  readonly request: { readonly body: Record<string, unknown> };
  readonly response?: object;
  readonly reply: { readonly body?: object };
}

const read = (name: string): Fixture => JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as Fixture;
const answerIn = ({ response, reply: { body } }: Fixture): object => response ?? body ?? {};
const events = (name: string): string => readFileSync(join(FIXTURES, `${name}.sse`), 'utf8');
const parsed = (sse: string): unknown[] =>
  sse
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);

const API = {
  messages: {
    path: '/v1/messages?beta=true',
    whole: 'messages/04-tools-parallel',
    streamed: 'messages/04-tools-parallel',
  },
  responses: { path: '/v1/responses', whole: 'responses/04-tools-parallel', streamed: 'responses/04-tools-parallel' },
  completions: { path: '/v1/completions', whole: 'ops/01-completions', streamed: 'ops/02-completions-stream' },
} as const;
const NO_USAGE = { input: 1, output: 1, source: 'estimated' } as const;
type ApiName = keyof typeof API;
const NAMES = Object.keys(API) as ApiName[];

/** Answers every request with a fixture in place of the chain, and keeps what it was asked. */
function answering(name: ApiName): { readonly stage: Stage; readonly asked: string[] } {
  const asked: string[] = [];
  const { whole, streamed } = API[name];
  const stage: Stage = async ({ operation, stream, headers }) => {
    asked.push(`${operation.name} ${stream ? 'stream' : 'whole'} ${JSON.stringify(headers)}`);
    if (!stream) return { kind: 'json', value: answerIn(read(whole)), usage: NO_USAGE, bytes: 1 };
    const answer = createAnswerStream<unknown>({ pause: () => {}, resume: () => {}, cancel: () => {} });
    if (operation.stream?.events === 'named') answer.setNamed();
    answer.add(Buffer.from(events(streamed).replace('data: [DONE]\n\n', '')));
    answer.end({ kind: 'complete' });
    return { kind: 'stream', stream: answer.stream };
  };
  return { stage, asked };
}

/** Breaks off in place of the chain, before anything is shown. */
const broken: Stage = async () => {
  const answer = createAnswerStream<unknown>({ pause: () => {}, resume: () => {}, cancel: () => {} });
  answer.end({ kind: 'failed', error: new GatewayError('upstream_truncated', { message: 'It broke off.' }) });
  return { kind: 'stream', stream: answer.stream };
};

/** The names and the types of the events by which each API says that a stream has failed. */
const FAILURES: Readonly<Record<ApiName, readonly [name: string | undefined, type: string | undefined][]>> = {
  messages: [['error', 'error']],
  responses: [
    ['error', 'error'],
    ['response.failed', 'response.failed'],
  ],
  completions: [[undefined, undefined]],
};

const start = (stage: Stage): Promise<Rig> => startRig([openaiError(500, 'no')], { stages: [stage] });

/** The body of a fixture's request without the member that selects the form of the answer. */
function bodyOf(name: ApiName): Record<string, unknown> {
  const { stream: _, stream_options: __, ...body } = read(API[name].whole).request.body;
  return { ...body, model: 'default' };
}

describe.each(NAMES)('%s', (name) => {
  const { path, whole, streamed } = API[name];

  test('answers over REST, whole and event by event as the API has it', async () => {
    const { stage, asked } = answering(name);
    await using rig = await start(stage);
    const response = await post(fetch, rig.url + path, bodyOf(name), { headers: { 'anthropic-beta': 'x-2026' } });
    expect([response.status, await response.json()]).toEqual([200, answerIn(read(whole))]);
    const stream = await post(fetch, rig.url + path, { ...bodyOf(name), stream: true });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await stream.text()).toBe(events(streamed));
    for (const { headers } of [response, stream])
      expect(headers.get('request-id')).toBe(name === 'messages' ? headers.get('x-request-id') : null);
    const beta = name === 'messages' ? '{"anthropic-beta":"x-2026"}' : '{}';
    expect(asked).toEqual([`${name} whole ${beta}`, `${name} stream {}`]);
    expect(rig.finished().map(({ operation }) => operation)).toEqual([`${name}.create`, `${name}.stream`]);
  });

  test('refuses to answer in the other form', async () => {
    await using rig = await start(answering(name).stage);
    const response = await post(fetch, `${rig.url}/trpc/${name}.create`, { ...bodyOf(name), stream: true });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: `stream: must not be true; call ${name}.stream for that` } },
    ]);
  });

  test('ends a failed stream with the error of its API, and with no end mark', async () => {
    await using rig = await start(broken);
    const response = await post(fetch, rig.url + path, { ...bodyOf(name), stream: true });
    const text = await response.text();
    const shown = text
      .split('\n\n')
      .filter((event) => event.includes('data: '))
      .map((event) => {
        const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '') as { type?: string; error?: object };
        return { name: /^event: (.*)$/m.exec(event)?.[1], type: data.type, error: data.error };
      });
    expect(shown.map((event) => [event.name, event.type])).toEqual(FAILURES[name]);
    expect(shown[0]?.error).toMatchObject({ code: 'upstream_truncated', message: 'It broke off.' });
    expect(text).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
    const client = createClient({ url: rig.url });
    const input = bodyOf(name) as unknown as MessagesInput & ResponsesInput & CompletionsInput;
    await expect(Array.fromAsync<unknown>(client[name].stream(input))).rejects.toMatchObject({
      code: 'upstream_truncated',
    });
  });

  test('cannot be a run', async () => {
    await using rig = await start(answering(name).stage);
    const headers = { 'x-spillway-run': 'drain' };
    const response = await post(fetch, rig.url + path, { ...bodyOf(name), stream: true }, { headers });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'x-spillway-run' } }]);
  });
});

test('the typed client and the caller in process answer in each API', async () => {
  for (const name of NAMES) {
    await using rig = await start(answering(name).stage);
    const client = createClient({ url: rig.url });
    const { caller } = rig.gateway;
    const response = answerIn(read(API[name].whole));
    const chunks = parsed(events(API[name].streamed));
    const body: unknown = bodyOf(name);
    const answers = {
      messages: [
        () => client.messages.create(body as MessagesInput),
        () => Array.fromAsync(client.messages.stream(body as MessagesInput)),
        () => caller.messages.create(body as MessagesInput),
        async () => Array.fromAsync(await caller.messages.stream(body as MessagesInput)),
      ],
      responses: [
        () => client.responses.create(body as ResponsesInput),
        () => Array.fromAsync(client.responses.stream(body as ResponsesInput)),
        () => caller.responses.create(body as ResponsesInput),
        async () => Array.fromAsync(await caller.responses.stream(body as ResponsesInput)),
      ],
      completions: [
        () => client.completions.create(body as CompletionsInput),
        () => Array.fromAsync(client.completions.stream(body as CompletionsInput)),
        () => caller.completions.create(body as CompletionsInput),
        async () => Array.fromAsync(await caller.completions.stream(body as CompletionsInput)),
      ],
    } as const;
    const got = await Promise.all(answers[name].map((answer): Promise<unknown> => answer()));
    expect(got).toEqual([response, chunks, response, chunks]);
    expect(rig.events.filter(({ kind }) => kind === 'raw_face_hidden')).toEqual([]);
  }
});

test.each([
  { previous_response_id: 'resp_1' },
  { conversation: 'conv_1' },
  { input: [{ type: 'item_reference', id: 'msg_1' }] },
])('what only a Responses server can know is sent to the first entry that is one: %j', async (named) => {
  const answer = { body: answerIn(read('responses/04-tools-parallel')) };
  await using rig = await startRig([responder({ content: 'Hello.' }), answer], {
    providers: { b: { dialect: 'openai-responses' } },
  });
  const body = { model: 'default', input: 'And?', ...named };
  const response = await post(fetch, `${rig.url}/v1/responses`, body);
  expect([response.status, response.headers.get('x-spillway-provider'), hitsOf(rig)]).toEqual([200, 'b', [0, 1]]);
  expect(JSON.parse(String(rig.upstreams[1]?.hits[0]?.body))).toMatchObject(named);
});

test('the events of a response in the background end as those of its API do', async () => {
  await using rig = await startRig([responder({ content: 'Hello.' })]);
  const body = { model: 'default', input: 'Hi', background: true };
  const { id } = (await (await post(fetch, `${rig.url}/v1/responses`, body)).json()) as { id: string };
  const events = await (await fetch(`${rig.url}/v1/responses/${id}?stream=true`)).text();
  expect(events).toContain('event: response.completed\n');
  expect(events).not.toContain('[DONE]');
});
