import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type KeptBody, type RequestBodies } from '../../client/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { logEvents } from '../../src/observe/log.ts';
import { chatCompletion, chunk, openaiError, responder, type Script, sse } from '../../src/testing/index.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { temporaryFolder } from '../helpers/store.ts';

const KEYS = { reader: 'key-of-the-reader-0123', admin: 'key-of-the-admin-01234', one: 'key-of-caller-one-0123' };
type Name = keyof typeof KEYS;

const SECRET = 'canary-secret-7f3a9b21';
const EMAIL = 'canary@example.org';
const PROMPT = 'canary prompt of a person';

function configOf(log: NonNullable<ConfigInput['log']>) {
  return {
    auth: {
      keys: [
        { name: 'reader', key: KEYS.reader, role: 'admin', bodies: true },
        { name: 'admin', key: KEYS.admin, role: 'admin' },
        { name: 'one', key: KEYS.one },
      ],
    },
    log,
  } satisfies RigOptions['config'];
}
const KEPT: NonNullable<ConfigInput['log']> = { bodies: { chains: ['default'], sample: 1 }, optOut: true };

async function get(rig: Pick<Rig, 'url'>, path: string, name: Name = 'reader') {
  const response = await fetch(`${rig.url}/v1${path}`, { headers: { authorization: `Bearer ${KEYS[name]}` } });
  return { status: response.status, body: (await response.json()) as RequestBodies & { error: { code: string } } };
}

/** Sends a chat request and resolves with the gateway's id of it, and the answer's text. */
async function ask(rig: Pick<Rig, 'url'>, body: object = {}, headers: Record<string, string> = {}) {
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, ...body },
    { headers: { authorization: `Bearer ${KEYS.one}`, ...headers } },
  );
  const text = await response.text();
  return { id: response.headers.get('x-spillway-request-id') ?? '', text, status: response.status };
}

/** The bodies of a request, once they are written: the first ones start a thread. */
async function bodiesOf(rig: Pick<Rig, 'url'>, id: string): Promise<RequestBodies> {
  const read = () => get(rig, `/requests/${id}/body`);
  let last = await read();
  const again = async (): Promise<number> => (last = await read()).status;
  if (last.status !== 200) await expect.poll(again, { timeout: 20_000 }).toBe(200);
  return last.body;
}

const start = (script: Script, log = KEPT, options: RigOptions = {}): Promise<Rig> =>
  startRig([script], { ...options, config: { ...configOf(log), ...options.config } });

const saying = (content: string) => ({ messages: [{ role: 'user', content }] });

describe('bodies of requests', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start(chatCompletion({ content: `Ask ${EMAIL}` }));
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test('are kept as they were sent, without what is redacted', async () => {
    const { id, text } = await ask(rig, saying(`${PROMPT}: password=${SECRET} of ${EMAIL}`));
    const body = await bodiesOf(rig, id);
    expect([body.object, body.request_id]).toEqual(['request.body', id]);
    const sent = JSON.stringify({ ...HELLO, ...saying(`${PROMPT}: password=*** of ***`) });
    expect(body.request).toEqual({
      format: 'json',
      text: sent,
      bytes: sent.length + SECRET.length + EMAIL.length - 6,
      cut: false,
      redactions: { secrets: 1, email: 1 },
    });
    expect(body.answer).toMatchObject({
      format: 'json',
      text: text.replace(EMAIL, '***'),
      bytes: text.length,
      cut: false,
    });
    expect(text).toContain(EMAIL);
  });

  test('are found by the ids of the request and of its row, also over tRPC', async () => {
    const { id } = await ask(rig, {}, { 'x-request-id': 'mine' });
    const body = await bodiesOf(rig, id);
    for (const other of [body.id, 'mine']) expect((await get(rig, `/requests/${other}/body`)).body).toEqual(body);
    const client = createClient({ url: rig.url, apiKey: KEYS.reader });
    expect(await client.requests.body({ id })).toEqual(body);
    expect(await rig.gateway.caller.requests.body({ id })).toEqual(body);
  });

  test('need a key that may read them, and each reading is in the audit trail', async () => {
    const { id } = await ask(rig);
    expect((await get(rig, `/requests/${id}/body`, 'admin')).body.error.code).toBe('forbidden');
    expect((await get(rig, `/requests/${id}/body`, 'one')).status).toBe(403);
    const before = await rig.gateway.caller.audit.list({ action: 'requests.body' });
    const body = await bodiesOf(rig, id);
    const after = await rig.gateway.caller.audit.list({ action: 'requests.body' });
    expect(after.data.length).toBe(before.data.length + 1);
    expect(after.data[0]).toMatchObject({ actor: { id: 'reader' }, target: body.id, after: null, via: 'api' });
  });

  test('of a request that opts out are not kept, its row is', async () => {
    const { id, status } = await ask(rig, {}, { 'x-spillway-log': 'none' });
    expect(status).toBe(200);
    expect((await get(rig, `/requests/${id}`)).status).toBe(200);
    const { body } = await get(rig, `/requests/${id}/body`);
    expect(body.error).toMatchObject({ code: 'not_found', message: 'No bodies of this request are kept.' });
    expect((await ask(rig, {}, { 'x-spillway-log': 'all' })).status).toBe(400);
  });

  test('are gone with the rows', async () => {
    const { id } = await ask(rig);
    const body = await bodiesOf(rig, id);
    await rig.gateway.caller.requests.forget({ ids: [body.id] });
    expect((await get(rig, `/requests/${id}/body`)).status).toBe(404);
  });
});

test('the events of a stream are kept, and what they spread is redacted', async () => {
  const pieces = ['Ask can', 'ary@exam', 'ple.org', ' now'];
  const chunks = [...pieces.map((content) => chunk({ delta: { content } })), chunk({ finish: 'stop' }), sse('[DONE]')];
  await using rig = await start({ headers: { 'content-type': 'text/event-stream' }, chunks });
  for (const door of ['rest', 'iterated'] as const) {
    const { id } = door === 'rest' ? await ask(rig, { stream: true }) : await iterate(rig);
    const body = await bodiesOf(rig, id);
    expect(body.answer).toMatchObject({ format: 'events', cut: false, redactions: { email: 1 } });
    expect(contentOf(body.answer)).toBe('Ask *** now');
  }
});

/** Reads a stream chunk by chunk, in process. */
async function iterate(rig: Rig): Promise<{ id: string }> {
  const before = rig.finished().length;
  for await (const _chunk of await rig.gateway.caller.chat.completions.stream({ ...HELLO, stream: true })) continue;
  return { id: (await rig.ended(before)).requestId };
}

function contentOf(body: KeptBody | null): string {
  const events = (body?.text ?? '').split('\n\n').filter((event) => event !== '');
  return events
    .map((event) => JSON.parse(event.slice('data: '.length)) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('');
}

test('a stream that its client leaves is kept as far as it went', async () => {
  await using rig = await start({
    headers: { 'content-type': 'text/event-stream' },
    chunks: [chunk({ delta: { content: 'Hello ' } }), { data: chunk({ delta: { content: 'never' } }), delay: 60_000 }],
  });
  const leaving = new AbortController();
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, stream: true },
    { headers: { authorization: `Bearer ${KEYS.one}` }, signal: leaving.signal },
  );
  await response.body?.getReader().read();
  leaving.abort();
  const { requestId, code } = await rig.ended();
  expect(code).toBe('client_closed');
  expect(contentOf((await bodiesOf(rig, requestId)).answer)).toBe('Hello ');
});

test('of a run and of a stream that is opened early the bodies are kept, too', async () => {
  await using rig = await start(responder({ content: 'Hello world' }), KEPT, { chain: { openAfter: '1ms' } });
  for (const headers of [{}, { 'x-spillway-run': 'drain' }]) {
    await ask(rig, { stream: true }, headers);
    // The request that reads a run has no chain.
    const served = rig.finished().findLast(({ chain }) => chain !== undefined);
    expect(contentOf((await bodiesOf(rig, served?.requestId ?? '')).answer)).toBe('Hello world');
  }
});

test('a request that fails has the body that it was sent, and no answer', async () => {
  await using rig = await start(openaiError(500, `The model of ${EMAIL} is down`));
  const { id, status } = await ask(rig, saying(PROMPT));
  expect(status).toBeGreaterThanOrEqual(500);
  const body = await bodiesOf(rig, id);
  expect(body.answer).toBeNull();
  expect(body.request?.text).toContain(PROMPT);
});

test('a body that is longer than maxBytes is cut and stays JSON', async () => {
  await using rig = await start(chatCompletion({ content: 'ok' }), {
    bodies: { chains: ['default'], sample: 1, maxBytes: '1kb' },
  });
  const { id } = await ask(rig, saying('long '.repeat(20_000)));
  const { request } = await bodiesOf(rig, id);
  expect(request).toMatchObject({ cut: true, bytes: expect.toSatisfy((bytes) => Number(bytes) > 100_000) as number });
  expect(request?.text.length).toBeLessThanOrEqual(1024);
  expect(JSON.parse(request?.text ?? '')).toMatchObject({ model: HELLO.model });
});

test.each([
  ['off', {}],
  ['of another chain', { bodies: { chains: ['other'], sample: 1 } }],
  ['of no request of the sample', { bodies: { chains: ['default'], sample: 1e-12 } }],
] as const)('nothing is kept where bodies are %s', async (_, log) => {
  await using rig = await start(chatCompletion({ content: 'ok' }), log as NonNullable<ConfigInput['log']>, {
    config: { chains: { default: { entries: ['a/model-a'] }, other: { entries: ['a/model-a'] } } },
  });
  const { id } = await ask(rig);
  expect((await get(rig, `/requests/${id}`)).status).toBe(200);
  expect((await get(rig, `/requests/${id}/body`)).status).toBe(404);
});

test('a chain is known by its alias, and opting out is refused where it is not allowed', async () => {
  await using rig = await start(
    chatCompletion({ content: 'ok' }),
    { bodies: { chains: ['alias'], sample: 1 } },
    { config: { aliases: { alias: 'default' } } },
  );
  const { id } = await ask(rig);
  expect((await bodiesOf(rig, id)).id).toMatch(/^r_/);
  const refused = await ask(rig, {}, { 'x-spillway-log': 'none' });
  expect([refused.status, refused.text.includes('log.optOut: true')]).toEqual([400, true]);
});

test('a reload begins to keep bodies', async () => {
  await using rig = await start(chatCompletion({ content: 'ok' }), {});
  const before = await ask(rig);
  await rig.gateway.reload({
    providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl, apiKey: 'sk-upstream-secret-0123456789' } },
    chains: { default: { entries: ['a/model-a'] } },
    ...configOf(KEPT),
  });
  const { id } = await ask(rig);
  expect((await bodiesOf(rig, id)).request_id).toBe(id);
  expect((await get(rig, `/requests/${before.id}/body`)).status).toBe(404);
});

test('bodies are written before a gateway has closed, and read by the next one on the same file', async () => {
  using folder = temporaryFolder();
  const store = { url: `sqlite:${folder.file}` } as const;
  let id = '';
  {
    await using rig = await start(chatCompletion({ content: 'ok' }), KEPT, { config: { store } });
    ({ id } = await ask(rig, saying(PROMPT)));
  }
  await using rig = await start(chatCompletion({ content: 'ok' }), {}, { config: { store } });
  expect((await bodiesOf(rig, id)).request?.text).toContain(PROMPT);
  const { data } = await rig.gateway.caller.audit.list({ action: 'requests.body' });
  expect(data).toHaveLength(1);
});

test('a secret, a prompt and an address are in the body only, and redacted there', async () => {
  const lines: string[] = [];
  const write = (fields: object): void => void lines.push(JSON.stringify(fields));
  const log = { debug: write, info: write, warn: write, error: write };
  await using rig = await start(chatCompletion({ content: `${PROMPT} ${EMAIL}` }), KEPT, {
    onEvent: logEvents(log, { vendorMessages: () => true }),
  });
  const { id } = await ask(rig, { ...saying(`${PROMPT} password=${SECRET} ${EMAIL}`), user: EMAIL });
  const bodies = JSON.stringify(await bodiesOf(rig, id));
  expect(bodies).toContain(PROMPT);
  const elsewhere = JSON.stringify([
    (await get(rig, '/requests')).body,
    (await get(rig, '/audit')).body,
    (await get(rig, '/config')).body,
    lines,
  ]);
  for (const canary of [SECRET, EMAIL]) expect(bodies).not.toContain(canary);
  for (const canary of [PROMPT, SECRET, EMAIL]) expect(elsewhere).not.toContain(canary);
  // Listeners of the application get the user as the request names it.
  for (const canary of [PROMPT, SECRET]) expect(JSON.stringify(rig.events)).not.toContain(canary);
});
