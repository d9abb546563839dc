import { describe, expect, test } from 'vitest';
import { logEvents } from '../../src/observe/log.ts';
import { chatCompletion, chatStream, openaiError, type Reply, type Script } from '../../src/testing/index.ts';
import type { AdmissionEnd } from '../../src/limits/admission.ts';
import { HI, JSON_TYPE, ROLE, STREAM } from '../doors/replies.ts';
import { rawClient } from '../faults/wire.ts';
import { post, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

type Line = Readonly<Record<string, unknown>>;

/** A rig whose log lines are kept, each with its level; lines of attempts are left out. */
async function startLogged(
  scripts: readonly Script[],
  { vendorMessages = false, ...options }: RigOptions & { readonly vendorMessages?: boolean } = {},
) {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    if (message === 'request') lines.push({ level, ...fields });
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const rig = await startRig(scripts, {
    ...options,
    onEvent: logEvents(log, { vendorMessages: () => vendorMessages }),
  });
  return { rig, lines, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

/** Lets the event loop turn a few times, so that everything that was written on loopback is read. */
async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => void setImmediate(resolve));
}

const chat = (stream: boolean): object => ({ ...HELLO, stream });
const HALF_JSON =
  '{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"half of';
const INPUTS = { input: ['one', 'two', 'three'], model: 'default' };

interface Begun {
  readonly reply: Reply & { readonly chunks: readonly string[] };
  readonly path?: string;
  readonly input: object;
  /** Whether some output is counted. */
  readonly output: boolean;
  readonly status: number;
}

/** Replies that have begun when the client disconnects, with the path and the input of the request. */
const BEGUN: Readonly<Record<string, Begun>> = {
  'a committed stream': {
    reply: { headers: STREAM, chunks: [ROLE, HI], end: 'hang' },
    input: chat(true),
    output: true,
    status: 200,
  },
  'a subscription': {
    reply: { headers: STREAM, chunks: [ROLE, HI], end: 'hang' },
    path: '/trpc/chat.completions.stream',
    input: HELLO,
    output: true,
    status: 200,
  },
  'a stream without a token yet': {
    reply: { headers: STREAM, chunks: [ROLE], end: 'hang' },
    input: chat(true),
    output: false,
    status: 499,
  },
  'a JSON answer, half received': {
    reply: { headers: JSON_TYPE, chunks: [HALF_JSON], end: 'hang' },
    input: chat(false),
    output: true,
    status: 499,
  },
  'a JSON answer, of which blanks were received': {
    reply: { headers: JSON_TYPE, chunks: ['  \n', ' '], end: 'hang' },
    input: chat(false),
    output: false,
    status: 499,
  },
  'a mutation, half answered': {
    reply: { headers: JSON_TYPE, chunks: [HALF_JSON], end: 'hang' },
    path: '/trpc/chat.completions.create',
    input: HELLO,
    output: true,
    status: 499,
  },
  'a stream in place of JSON': {
    reply: { headers: STREAM, chunks: [ROLE, HI], end: 'hang' },
    input: chat(false),
    output: true,
    status: 499,
  },
  embeddings: {
    reply: { headers: JSON_TYPE, chunks: ['{"object":"list",'], end: 'hang' },
    path: '/v1/embeddings',
    input: INPUTS,
    output: false,
    status: 499,
  },
};

describe.each(Object.entries(BEGUN))(
  'a client that disconnects from %s',
  (_, { reply, path, input, output, status }) => {
    test('has a line at info, and a settlement, with the estimated usage', async () => {
      const settled: AdmissionEnd[] = [];
      const admission = {
        reserve: () => ({ headers: {}, settle: (end: AdmissionEnd) => void settled.push(end) }),
      };
      await using logged = await startLogged([reply], { admission });
      const { rig, lines } = logged;
      const socket = rawClient(rig, path, input);
      const wrote = reply.chunks.join('').length;
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
      // The gateway reads what was written before it notices that the client is gone.
      await expect.poll(() => rig.upstreams[0]?.hits[0]?.bytesWritten).toBe(wrote);
      await turns();
      socket.resetAndDestroy();
      const { usage } = await rig.ended();
      expect(lines).toMatchObject([{ level: 'info', code: 'client_closed', status, usageSource: 'estimated' }]);
      expect(usage).toMatchObject({ source: 'estimated' });
      expect([usage?.input, (usage?.output ?? 0) > 0]).toEqual([expect.any(Number), output]);
      expect(usage?.input).toBeGreaterThan(0);
      expect(lines[0]?.['usage']).toEqual(usage);
      expect(settled.map((end) => end.usage)).toEqual([usage]);
    });
  },
);

test('a client that disconnects before any reply has begun has its line at info, with an estimate of its prompt', async () => {
  await using logged = await startLogged([{ head: false, end: 'hang' }]);
  const socket = rawClient(logged.rig);
  await logged.rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  socket.resetAndDestroy();
  await logged.rig.ended();
  const usage = { input: 5, output: 0, source: 'estimated' };
  expect(logged.lines).toMatchObject([{ level: 'info', code: 'client_closed', status: 499, usage, cost: null }]);
});

test('a refusal that is still being received when the client disconnects has used nothing', async () => {
  const refusal = { status: 500, headers: JSON_TYPE, chunks: ['{"error":'], end: 'hang' } as const;
  await using logged = await startLogged([refusal]);
  const socket = rawClient(logged.rig);
  await logged.rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  await expect.poll(() => logged.rig.upstreams[0]?.hits[0]?.bytesWritten).toBe('{"error":'.length);
  await turns();
  socket.resetAndDestroy();
  await logged.rig.ended();
  expect(logged.lines).toMatchObject([{ level: 'debug', usage: undefined }]);
});

test('parts of a batch that were answered count, together with the part that was cancelled', async () => {
  const part = {
    object: 'list',
    model: 'm',
    data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: [0.5] })),
    usage: { prompt_tokens: 40, total_tokens: 40 },
  };
  await using logged = await startLogged(
    [[{ body: part }, { headers: JSON_TYPE, chunks: ['{"object":'], end: 'hang' }]],
    { provider: { models: { 'model-a': { maxBatch: 2 } } } },
  );
  const { rig } = logged;
  const socket = rawClient(rig, '/v1/embeddings', INPUTS);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
  await expect.poll(() => rig.upstreams[0]?.hits[1]?.bytesWritten).toBe('{"object":'.length);
  await turns();
  socket.resetAndDestroy();
  const { usage } = await rig.ended();
  expect(usage?.source).toBe('estimated');
  expect(usage?.input).toBeGreaterThan(40);
});

const SECRET_WORDS = 'the prompt was: tell me about Mary';
const FAILED = openaiError(500, SECRET_WORDS);
const OK = chatCompletion({ content: 'fine' });

test('a request that failed over says at info which entries failed, and how, without their words', async () => {
  await using logged = await startLogged([FAILED, openaiError(429, SECRET_WORDS), OK]);
  await (await post(fetch, `${logged.rig.url}/v1/chat/completions`, HELLO)).text();
  await logged.rig.ended();
  expect(logged.lines).toMatchObject([{ level: 'info', code: 'ok', provider: 'c', attempts: 3 }]);
  expect(logged.lines[0]?.['trail']).toMatch(
    /^a\/model-a overloaded 500 \d+ms > b\/model-b throttled 429 \d+ms > c\/model-c answered$/,
  );
  // The second request skips the entry that cools down. That is no failure of its own.
  await (await post(fetch, `${logged.rig.url}/v1/chat/completions`, HELLO)).text();
  await logged.rig.ended(1);
  expect(logged.rig.finished()[1]?.trail.map(({ outcome }) => outcome)).toContain('skipped');
  expect(String(logged.lines[1]?.['trail'])).not.toContain('skipped');
});

test('a stream that failed over has them too, and one whose first entry answers has no such member', async () => {
  await using logged = await startLogged([[FAILED, chatStream({ content: 'x' })], chatStream({ content: 'x' })]);
  for (let n = 0; n < 2; n++) await (await post(fetch, `${logged.rig.url}/v1/chat/completions`, chat(true))).text();
  await logged.rig.ended(1);
  expect(logged.lines.map(({ trail }) => trail)).toEqual([
    expect.stringMatching(/^a\/model-a overloaded 500 \d+ms > b\/model-b answered$/),
    undefined,
  ]);
});

test('providers’ words are in it with log.vendorMessages only, and are cut', async () => {
  await using logged = await startLogged([openaiError(500, SECRET_WORDS.padEnd(2000, 'y')), OK], {
    vendorMessages: true,
  });
  await (await post(fetch, `${logged.rig.url}/v1/chat/completions`, HELLO)).text();
  await logged.rig.ended();
  expect(logged.lines[0]?.['trail']).toMatch(new RegExp(`ms "${SECRET_WORDS.padEnd(300, 'y')}" > b/model-b answered$`));
});

test('a request that no entry answers says at its level what happened to each, skipped ones included, and at most 20', async () => {
  const few = await startLogged([FAILED, openaiError(429, 'slow down')]);
  await using _few = few;
  for (let n = 0; n < 2; n++) await (await post(fetch, `${few.rig.url}/v1/chat/completions`, HELLO)).text();
  await few.rig.ended(1);
  expect(few.lines).toMatchObject([
    {
      level: 'warn',
      trail: expect.stringMatching(/^a\/model-a overloaded 500 \d+ms > b\/model-b throttled 429 \d+ms$/),
    },
    { level: 'warn', trail: expect.stringContaining('b/model-b skipped cooling_down') },
  ]);
  await using many = await startLogged(Array.from({ length: 24 }, () => FAILED));
  await (await post(fetch, `${many.rig.url}/v1/chat/completions`, HELLO)).text();
  const { trail } = await many.rig.ended();
  const shown = String(many.lines[0]?.['trail']).split(' > ');
  expect([shown.length, shown.at(-1)]).toEqual([20, `${trail.length - 19} more`]);
});
