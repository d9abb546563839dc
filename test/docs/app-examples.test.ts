import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createTRPCClient, httpBatchStreamLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';
import type { AppRouter } from '../../examples/merged-router.ts';
import { createClient } from '../../client/index.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { PROGRAMS } from './programs.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ANSWER = /^The first provider was busy, so your request failed over to the second one/;
const ALICE = { 'x-user': 'alice' };

/** A started example. Dispose ends its process. */
interface Started extends AsyncDisposable {
  readonly url: string;
}

/** Starts an example that serves, with the command of its first lines, on a free port. */
async function start(file: string): Promise<Started> {
  const child = spawn(process.execPath, ['--import', './test/setup/from-source.ts', join('examples', file)], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const ended = exited.then(() => {
    throw new Error(`examples/${file} has ended before it listens.`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as string[];
  ended.catch(() => undefined);
  return {
    url: /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line ?? '')?.[1] ?? '',
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

/** Examples that mount the gateway in a server, with the path of the mount. */
const SERVERS: Readonly<Record<string, string>> = {
  'hono.ts': '/api/llm',
  'express.ts': '/llm',
  'fastify-plugin.ts': '/acme/llm',
};

test.each(Object.entries(SERVERS))('examples/%s serves an application and its users', async (file, path) => {
  await using app = await start(file);
  expect(await (await fetch(app.url)).text()).toBe('The application.');
  const mount = app.url + path;
  expect((await post(fetch, `${mount}/v1/chat/completions`, HELLO)).status).toBe(401);
  const answer = await post(fetch, `${mount}/v1/chat/completions`, HELLO, { headers: ALICE });
  expect(answer.headers.get('x-spillway-attempts')).toBe('2');
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: expect.stringMatching(ANSWER) } }] });
  const client = createClient({
    url: mount,
    fetch: (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-user', 'alice');
      return fetch(url, { ...init, headers });
    },
  });
  const chunks = await Array.fromAsync(client.chat.completions.stream(HELLO));
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toMatch(ANSWER);
});

test('examples/merged-router.ts answers with the procedures of both, by the application’s context', async () => {
  await using app = await start('merged-router.ts');
  const { url } = app;
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...ALICE } }),
          },
        }),
        false: httpBatchStreamLink({ url, headers: ALICE }),
      }),
    ],
  });
  const [todos, answer] = await Promise.all([client.todos.query(), client.llm.chat.completions.create.mutate(HELLO)]);
  expect(todos).toEqual(['alice: try Spillway']);
  expect(answer.choices[0]?.message.content).toMatch(ANSWER);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  client.llm.chat.completions.stream.subscribe(HELLO, {
    onData: ({ choices }) => void (text += choices[0]?.delta.content ?? ''),
    onComplete: resolve,
    onError: reject,
  });
  await promise;
  expect(text).toMatch(ANSWER);
  const anonymous = createTRPCClient<AppRouter>({ links: [httpBatchStreamLink({ url })] });
  await expect(anonymous.llm.models.list.query()).rejects.toMatchObject({ data: { code: 'invalid_api_key' } });
});

test('examples/react-query/server.ts serves the chat and the gateway that answers it', async () => {
  await using app = await start('react-query/server.ts');
  const text = async (path: string): Promise<string> => (await fetch(app.url + path)).text();
  expect(await text('/')).toContain("mount(document.getElementById('root'), '/llm')");
  expect(await text('/app.js')).toMatch(/export \{ mount \}/);
  const answer = await post(fetch, `${app.url}/llm/v1/chat/completions`, HELLO);
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: expect.stringMatching(ANSWER) } }] });
});

test('the route handlers of examples/next-app answer', async () => {
  const program = `
    const { GET, POST } = await import('./examples/next-app/app/api/llm/[...path]/route.ts');
    const url = 'http://app.test/api/llm';
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...${JSON.stringify(HELLO)}, stream: true });
    const answer = await POST(new Request(url + '/v1/chat/completions', { method: 'POST', headers, body }));
    const list = await GET(new Request(url + '/v1/models'));
    console.log(JSON.stringify([await answer.text(), await list.json()]));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', './test/setup/from-source.ts', '--input-type=module', '--eval', program],
    { cwd: ROOT, env: ENVIRONMENT },
  );
  const [answer, list] = JSON.parse(stdout) as [string, unknown];
  const words = [...answer.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word);
  expect(words.join('')).toMatch(ANSWER);
  expect(list).toMatchObject({ data: [{ id: 'default' }, ...Array.from({ length: 2 }, () => ({}))] });
});

test('each example is run by a test', () => {
  const known = [...PROGRAMS, ...Object.keys(SERVERS), 'merged-router.ts', 'next-app', 'react-query', 'tsconfig.json'];
  expect(readdirSync(join(ROOT, 'examples')).toSorted()).toEqual(known.toSorted());
});
