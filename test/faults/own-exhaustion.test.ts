import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chatCompletion, openaiError, startScriptedUpstream } from '../../src/testing/index.ts';
import { run } from '../helpers/cli.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS } from '../helpers/doors.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { turns } from './wire.ts';

const OK = chatCompletion({ content: 'good' });

/** The system's error for a lookup or a connection that this machine has no resources for. */
const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** Two entries behind names, whose lookup fails with `failing()` while that is an error. */
async function withNames(failing: (hostname: string) => Error | undefined, chain = {}) {
  const clock = fakeClock();
  const upstreams = await Promise.all([OK, OK].map((script) => startScriptedUpstream({ script })));
  const lookup: LookupFunction = (hostname, _, callback) => {
    const error = failing(hostname);
    if (error === undefined) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(error, []);
  };
  const providers = Object.fromEntries(
    upstreams.map(({ port }, index) => {
      const name = ['a', 'b'][index] ?? '';
      return [name, { baseUrl: `http://${name}.test:${port}/v1`, apiKey: 'none', private: true }];
    }),
  );
  const rig = await startRig([], {
    clock,
    lookup,
    config: { providers, chains: { default: { ...chain, entries: ['a/m', 'b/m'] } } },
  });
  return {
    rig,
    clock,
    upstreams,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

async function send({ gateway }: Rig) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  const { error } = (await response.json()) as { error?: { code: string; message: string; attempts: unknown[] } };
  const { headers, status } = response;
  return { status, error, retryAfter: headers.get('retry-after'), provider: headers.get('x-spillway-provider') };
}

describe.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EADDRNOTAVAIL', 'EAI_MEMORY'])('%s', (code) => {
  test.each(Object.entries(DOORS))('is the gateway’s own overload by %s', async (_, door) => {
    await using set = await withNames(() => systemError(code));
    for (const result of [await door.create(set.rig, HELLO), await door.stream(set.rig, HELLO)]) {
      expect(result).toMatchObject({ status: 503, code: 'overloaded', attempts: 2 });
      expect(result.error?.attempts).toMatchObject([
        { outcome: 'gateway_overloaded' },
        { outcome: 'gateway_overloaded' },
      ]);
      expect(result.message).not.toContain(code);
    }
  });
});

test('an exhausted gateway says to retry in a second, and nothing of it counts against an entry', async () => {
  let error: Error | undefined = systemError('EMFILE');
  await using set = await withNames(() => error);
  // More than open a circuit breaker.
  for (let n = 0; n < 20; n++) expect(await send(set.rig)).toMatchObject({ status: 503, retryAfter: '1' });
  const { data } = await set.rig.gateway.caller.chains.status();
  expect(data[0]?.entries).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
  error = undefined;
  expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'a' });
});

test('an entry with an open connection still answers', async () => {
  const gone = new Set<string>();
  await using set = await withNames((hostname) => (gone.has(hostname) ? systemError('EMFILE') : undefined), {
    policy: 'ordered',
  });
  gone.add('a.test');
  expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'b' });
  await turns(10);
  gone.add('b.test');
  expect(await send(set.rig)).toMatchObject({ status: 200, provider: 'b' });
  expect((await set.rig.ended(1)).trail).toMatchObject([{ outcome: 'gateway_overloaded' }, { outcome: 'answered' }]);
});

test('an entry that fails beside it does not make the chain exhausted, because the other one may answer', async () => {
  await using set = await withNames((hostname) => systemError(hostname === 'a.test' ? 'ECONNREFUSED' : 'EMFILE'));
  const { status, error } = await send(set.rig);
  expect([status, error?.code]).toEqual([503, 'overloaded']);
  expect((await set.rig.ended()).trail.map(({ outcome }) => outcome)).toEqual(['unreachable', 'gateway_overloaded']);
});

test('an entry whose address refuses is unreachable, though another of its addresses is not available here', async () => {
  const both = new AggregateError([systemError('ECONNREFUSED'), systemError('EADDRNOTAVAIL')]);
  Object.assign(both, { code: 'ECONNREFUSED' });
  await using set = await withNames(() => both);
  expect((await send(set.rig)).error?.code).toBe('all_providers_exhausted');
});

test('several addresses without a resource for any are the gateway’s own overload', async () => {
  const both = Object.assign(new AggregateError([systemError('EMFILE'), systemError('EMFILE')]), { code: 'EMFILE' });
  await using set = await withNames(() => both);
  expect((await send(set.rig)).error?.code).toBe('overloaded');
});

test('a last resort that the gateway could not try is tried by the next request', async () => {
  let error: Error | undefined = systemError('ECONNREFUSED');
  await using set = await withNames(() => error);
  for (let n = 0; n < 5; n++) await send(set.rig);
  // Both breakers are open; the last resort of the first was claimed by no request since.
  set.clock.advance(4999);
  error = systemError('EMFILE');
  expect((await send(set.rig)).error?.code).toBe('overloaded');
  error = undefined;
  expect(await send(set.rig)).toMatchObject({ status: 200 });
});

test('a refusal of one entry does not go back while the gateway could not reach the other', async () => {
  await using refusing = await startScriptedUpstream({ script: openaiError(400, 'no') });
  await using rig = await startRig([], {
    lookup: (_, __, callback) => callback(systemError('EMFILE'), []),
    config: {
      providers: {
        a: { baseUrl: refusing.baseUrl, apiKey: 'none' },
        b: { baseUrl: 'http://b.test:1/v1', apiKey: 'none', private: true },
      },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
  });
  expect((await send(rig)).error?.code).toBe('overloaded');
});

test('a gateway process without file descriptors answers 503, warns once, and serves again when some are free', async () => {
  await using upstream = await startScriptedUpstream({ script: OK });
  const file = join(mkdtempSync(join(tmpdir(), 'spillway-files-')), 'spillway.yaml');
  writeFileSync(
    file,
    `providers: { a: { baseUrl: "${upstream.baseUrl}" }, b: { baseUrl: "${upstream.baseUrl.replace('127.0.0.1', 'localhost')}" } }\n` +
      'chains: { default: { entries: [a/m, b/m] } }\n',
  );
  await using cli = run(['--config', file, '--port', '0'], {}, { openFiles: 64 });
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  const port = Number(new URL(url).port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Sends a request on the one connection that was opened in time. */
  const ask = (path = '/v1/chat/completions'): Promise<{ status: number; text: string; retryAfter: unknown }> => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string; retryAfter: unknown }>();
    const headers = { 'content-type': 'application/json' };
    const method = path === '/livez' ? 'GET' : 'POST';
    const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] }),
      );
    });
    sent.on('error', reject).end(method === 'GET' ? undefined : JSON.stringify(HELLO));
    return promise;
  };
  await ask('/livez');
  const idle: Socket[] = [];
  for (let refused = false; !refused;) {
    const socket = connect(port, '127.0.0.1');
    idle.push(socket);
    refused = await new Promise<boolean>((resolve) => {
      // The gateway closes a connection at once that it has no file descriptor for.
      socket.on('error', () => resolve(true)).on('close', () => resolve(true));
      socket.write('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
      socket.on('data', () => resolve(false));
    });
  }
  for (let n = 0; n < 8; n++) {
    const { status, text, retryAfter } = await ask();
    expect([status, retryAfter]).toEqual([503, '1']);
    const outcome = 'gateway_overloaded';
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'overloaded', attempts: [{ outcome }, { outcome }] } });
  }
  for (const socket of idle) socket.destroy();
  let last = await ask();
  while (last.status === 503) last = await ask();
  expect(last.status).toBe(200);
  // The lines of requests have the outcome too.
  await cli.says(/"msg":"gateway_overloaded"/);
  expect(cli.output().split('"msg":"gateway_overloaded"')).toHaveLength(2);
  expect(cli.output()).toContain('EMFILE');
  agent.destroy();
});
