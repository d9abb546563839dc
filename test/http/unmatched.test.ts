import { expect, test } from 'vitest';
import { logEvents } from '../../src/observe/log.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { exchange } from '../helpers/exchange.ts';

/** A rig whose log lines are kept. */
async function startLogged(): Promise<{ readonly rig: Rig; readonly lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = [];
  const keep = (fields: object): void => void lines.push({ ...fields });
  const onEvent = logEvents(
    { debug: () => undefined, info: keep, warn: keep, error: keep },
    { vendorMessages: () => false },
  );
  return { rig: await startRig([chatCompletion({ content: 'x' })], { onEvent }), lines };
}

test.each([
  ['GET', '/v1/threads?api-version=secret-in-query', 404, 'not_found', '/v1/threads'],
  ['POST', '/chat/completion', 404, 'not_found', '/chat/completion'],
  ['PUT', '/v1/models', 405, 'method_not_allowed', '/v1/models'],
  ['GET', '/v1/chat/completions', 405, 'method_not_allowed', '/v1/chat/completions'],
  ['GET', '/v1/models/none', 404, 'model_not_found', '/v1/models/none'],
  ['GET', '/trpc/chat.nothing', 404, 'not_found', '/trpc/chat.nothing'],
  ['PUT', '/trpc/models.list', 405, 'method_not_allowed', '/trpc/models.list'],
])('%s %s is recorded and logged with its method, path and client', async (method, url, status, code, path) => {
  const { rig, lines } = await startLogged();
  await using _ = rig;
  const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
  const response = await fetch(rig.url + url, {
    method,
    ...body,
    headers: { ...body.headers, 'user-agent': 'codex/1.2 (linux)' },
  });
  expect(response.status).toBe(status);
  const expected = { status, code, method, path, userAgent: 'codex/1.2 (linux)' };
  expect(await rig.ended()).toMatchObject(expected);
  expect(lines).toMatchObject([expected]);
  expect(JSON.stringify(lines)).not.toContain('secret-in-query');
});

test('a call of a batch that does not exist is recorded with the batch’s path', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  await fetch(`${rig.url}/trpc/models.list,models.nothing?batch=1&input=%7B%7D`);
  await rig.ended(1);
  expect(rig.finished().map(({ code, path }) => [code, path])).toEqual(
    expect.arrayContaining([
      ['ok', undefined],
      ['not_found', '/trpc/models.list,models.nothing'],
    ]),
  );
});

test('what a client sends is cut, printable, and without keys', async () => {
  const { rig, lines } = await startLogged();
  await using _ = rig;
  const agent = `agent\t\u00e9\u{1f600} sk-proj-0123456789abcdef ${'a'.repeat(500)}`;
  const path = `/none/%C3%A9%1B/key=hunter2&${'b'.repeat(500)}`;
  const head = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nuser-agent: `;
  await exchange(rig.url, `${head}${agent}\r\n\r\n`);
  const { path: shown, userAgent } = await rig.ended();
  expect(shown).toMatch(/^\/none\/%C3%A9%1B\/key=\*\*\*&b+$/);
  expect(userAgent).toMatch(/^agent\?+ \*\*\* a+$/);
  for (const text of [shown, userAgent]) expect(text).toMatch(/^[\x20-\x7e]{1,200}$/);
  expect(userAgent).toHaveLength(200);
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|sk-proj/);
});

test('no other request has them in its record, and a call in process never', async () => {
  await using rig = await startRig([openaiError(500, 'no')]);
  await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  await (await post(fetch, `${rig.url}/v1/chat/completions`, {})).text();
  await (await fetch(`${rig.url}/livez`)).text();
  await rig.gateway.caller.chat.completions.create({ ...HELLO, model: 'x' }).catch(() => undefined);
  await rig.ended(3);
  for (const { method, path, userAgent } of rig.finished())
    expect([method, path, userAgent]).toEqual([undefined, undefined, undefined]);
});

test('a request that names no client has none in its record', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  await exchange(rig.url, 'GET /none HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(await rig.ended()).toMatchObject({ method: 'GET', path: '/none', userAgent: undefined });
});

test('a file that the page of the documents does not have is recorded with its path', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const response = await fetch(`${rig.url}/docs/none.js?x=1`);
  expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
  expect(rig.finished().at(-1)).toMatchObject({ status: 404, method: 'GET', path: '/docs/none.js' });
});
