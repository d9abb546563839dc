import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { chatStream, chunk, responder, sse, startScriptedUpstream } from '../../src/testing/index.ts';
import { type Run, run } from '../helpers/cli.ts';
import { deployConfig } from '../helpers/deploy-config.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { installed } from '../helpers/installed.ts';
import { closing, listenOnLoopback, reservePort } from '../helpers/listen.ts';
import { REDIS, RedisServer, redisTitle } from '../helpers/redis.ts';
import { startReverseProxy } from '../helpers/reverse-proxy.ts';

const HAPROXY = installed('haproxy');
const TITLE =
  HAPROXY === undefined ? 'skipped: haproxy not found' : redisTitle('three gateways behind HAProxy, on one Redis');
/** A gateway without keys does not serve the names that HAProxy's checks have. */
const KEY = 'key-of-a-client-of-the-balancer';
const HEADERS = { authorization: `Bearer ${KEY}` };
const CHAT = '/v1/chat/completions';
const PER_SECOND = 100;
/** Clients that request a stream as soon as the last one has ended. */
const STREAMS = 4;
const TEXT = Array.from({ length: 30 }, (_, n) => `word${n} `).join('');
/** Time between two words of a run, in milliseconds. */
const PACE_MS = 20;
/** Words of a run behind the one at which its owner is sent SIGTERM. */
const MORE_WORDS = 25;

interface Replica {
  readonly url: string;
  readonly cli: Run;
}

/** A provider whose answers go on, word by word, until their model is told to end. */
async function startEndless() {
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const endOf = (model: string): PromiseWithResolvers<void> => {
    const known = ends.get(model) ?? Promise.withResolvers<void>();
    ends.set(model, known);
    return known;
  };
  const hits: string[] = [];
  const words: Record<string, number> = {};
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    const model = /"model":"(\w+)"/.exec(text)?.[1] ?? '';
    hits.push(model);
    words[model] = await writeWords(response, endOf(model).promise);
  });
  onTestFinished(closing(server)[Symbol.dispose]);
  const port = await listenOnLoopback(server);
  return { baseUrl: `http://127.0.0.1:${port}/v1`, hits, words, end: (model: string) => endOf(model).resolve() };
}

/** Resolves with the number of words. */
async function writeWords(response: ServerResponse, ended: Promise<void>): Promise<number> {
  let left = Infinity;
  void ended.then(() => (left = MORE_WORDS));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let count = 0;
  for (; left > 0; left--) {
    response.write(chunk({ delta: { content: `word${count++} ` } }));
    await pause(PACE_MS);
  }
  response.end(chunk({ finish: 'stop' }) + sse('[DONE]'));
  return count;
}

/** Starts a gateway. Resolves once it has answered a request. */
async function startReplica(file: string, port: number): Promise<Replica> {
  const cli = run(['serve', '--config', file, '--port', String(port)]);
  onTestFinished(() => cli[Symbol.asyncDispose]());
  const [, url = ''] = await cli.says(/spillway on (http\S+) with/);
  // Its first answer compiles what all later ones need.
  expect((await post(fetch, `${url}${CHAT}`, HELLO, { headers: HEADERS })).status).toBe(200);
  return { url, cli };
}

/** Clients that go on until they are stopped. `stop` resolves with how many answers there were, and what was wrong. */
function startLoad(url: string) {
  const path = `${url}${CHAT}`;
  const failures: string[] = [];
  const counts = { json: 0, streams: 0 };
  const stopping = new AbortController();
  async function ask(): Promise<void> {
    const response = await post(fetch, path, HELLO, { headers: HEADERS });
    const text = await response.text();
    if (response.status === 200 && text.includes('"content":"whole"')) counts.json++;
    else failures.push(`${response.status} ${text}`);
  }
  async function stream(): Promise<void> {
    const response = await post(fetch, path, { ...HELLO, model: 'streamed', stream: true }, { headers: HEADERS });
    const text = await response.text();
    const content = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join('');
    if (response.status === 200 && content === TEXT && text.endsWith('data: [DONE]\n\n')) counts.streams++;
    else failures.push(`${response.status} ${text}`);
  }
  const reported = (sent: Promise<void>): Promise<void> =>
    sent.catch(
      (error: unknown) => void failures.push(`${String(error)} ${String(error instanceof Error && error.cause)}`),
    );
  async function evenly(): Promise<void> {
    const all: Promise<void>[] = [];
    const since = performance.now();
    while (!stopping.signal.aborted) {
      all.push(reported(ask()));
      await pause(Math.max(0, since + (all.length * 1000) / PER_SECOND - performance.now()));
    }
    await Promise.all(all);
  }
  async function oneAfterTheOther(): Promise<void> {
    while (!stopping.signal.aborted) await reported(stream());
  }
  const running = Promise.all([evenly(), ...Array.from({ length: STREAMS }, oneAfterTheOther)]);
  return {
    counts,
    async stop() {
      stopping.abort();
      await running;
      return { ...counts, failures };
    },
  };
}

/** Reads all events of a run. */
async function readRun(client: Client, id: string) {
  const stream = client.runs.stream({ runId: id });
  const ids: string[] = [];
  const types: string[] = [];
  let content = '';
  for await (const event of stream) {
    ids.push(stream.lastEventId ?? '');
    types.push(event.type);
    if (event.type === 'chunk') content += event.chunk.choices[0]?.delta.content ?? '';
  }
  return { ids, types, content };
}

describe.skipIf(HAPROXY === undefined || REDIS === undefined)(TITLE, () => {
  test('are restarted in turn, and no request, stream or run suffers', { timeout: 60_000 }, async () => {
    await using redis = await RedisServer.start();
    await using upstream = await startScriptedUpstream({
      script: (request) =>
        request.body.includes('"stream":true')
          ? chatStream({ content: TEXT, delay: 15 })
          : responder({ content: 'whole' })(request),
    });
    const endless = await startEndless();
    const config: ConfigInput = {
      server: { drainDelay: '1s', drainTimeout: '20s' },
      auth: { keys: [{ name: 'a', key: KEY }] },
      providers: {
        a: { baseUrl: upstream.baseUrl, apiKey: 'sk-a', limits: { requestsPerMinute: 1_000_000 } },
        b: { baseUrl: endless.baseUrl, apiKey: 'sk-b' },
      },
      chains: {
        default: { entries: ['a/m'] },
        streamed: { entries: ['a/m'] },
        first: { entries: ['b/first'] },
        last: { entries: ['b/last'] },
      },
      state: { redis: redis.url(), replicas: 3 },
    };
    const file = join(mkdtempSync(join(tmpdir(), 'spillway-rolling-')), 'spillway.yaml');
    writeFileSync(file, JSON.stringify(config));
    const ports = [await reservePort(), await reservePort(), await reservePort()];
    const replicas = await Promise.all(ports.map((port) => startReplica(file, port)));
    const hosts = ports.map((port) => `127.0.0.1:${port}`);
    const front = await reservePort();
    await using _proxy = await startReverseProxy('haproxy', deployConfig('haproxy', hosts, front));
    const url = `http://127.0.0.1:${front}`;

    const owners = { first: replicas[0]!, last: replicas[2]! };
    const load = startLoad(url);
    let requests = 0;
    const client = createClient({
      url,
      apiKey: KEY,
      fetch: (input, init) => {
        requests++;
        return fetch(input, init);
      },
    });
    const runs = await Promise.all(
      (['first', 'last'] as const).map(async (model) => {
        const { id } = await createClient({ url: owners[model].url, apiKey: KEY }).runs.create({
          ...HELLO,
          model,
          run: { disconnect: 'drain' },
        });
        return { model, id, read: readRun(client, id) };
      }),
    );
    const exits: (number | null)[] = [];
    for (const [index, { cli }] of replicas.entries()) {
      const before = load.counts.json;
      await expect.poll(() => load.counts.json - before, { timeout: 10_000 }).toBeGreaterThan(PER_SECOND / 2);
      cli.child.kill('SIGTERM');
      if (index === 0) endless.end('first');
      if (index === 2) endless.end('last');
      exits.push(await cli.exit);
      await startReplica(file, ports[index] ?? 0);
    }
    const after = load.counts.json;
    await expect.poll(() => load.counts.json - after, { timeout: 10_000 }).toBeGreaterThan(PER_SECOND / 2);
    const { failures, ...counts } = await load.stop();
    expect(failures).toEqual([]);
    expect(exits).toEqual([0, 0, 0]);
    // Each of the six starts has sent one more.
    expect(upstream.hits.length).toBe(counts.json + counts.streams + 6);
    for (const { model, id, read } of runs) {
      const { ids, types, content } = await read;
      const words = endless.words[model] ?? 0;
      expect(ids).toEqual(ids.map((_, n) => `${id}:${n + 1}`));
      expect(content).toBe(Array.from({ length: words }, (_, n) => `word${n} `).join(''));
      expect(types.filter((type) => type === 'done' || type === 'error')).toEqual(['done']);
      expect(types.at(-1)).toBe('done');
    }
    expect(endless.hits.toSorted()).toEqual(['first', 'last']);
    // The run of the last owner was read through all of the restarts, so that its reader has resumed.
    expect(requests).toBeGreaterThan(2);
  });
});
