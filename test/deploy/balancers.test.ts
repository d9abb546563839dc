import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { describe, expect, test } from 'vitest';
import { chunk, type Reply } from '../../src/testing/index.ts';
import { ROLE, STREAM } from '../doors/replies.ts';
import { DEPLOY_FILES, deployConfig } from '../helpers/deploy-config.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { installed } from '../helpers/installed.ts';
import {
  REVERSE_PROXIES,
  type ReverseProxy,
  type ReverseProxyName,
  startReverseProxy,
} from '../helpers/reverse-proxy.ts';

/** The check of a configuration, as its first line names it. */
const CHECKS = {
  nginx: ['-t', '-c', DEPLOY_FILES.nginx, '-g', `pid ${join(tmpdir(), 'spillway-nginx.pid')};`],
  haproxy: ['-c', '-f', DEPLOY_FILES.haproxy],
} as const;

const configFor = (name: ReverseProxyName, rigs: readonly Rig[]): ((folder: string) => string) =>
  deployConfig(
    name,
    rigs.map(({ url }) => new URL(url).host),
  );

const KEY = 'key-of-a-client-of-the-balancer';

/** Starts a gateway with a key, as balancers have other names than it knows. */
function start(...replies: readonly Reply[]): Promise<Rig> {
  return startRig([replies], { config: { auth: { keys: [{ name: 'a', key: KEY }] } } });
}

/** An answer that begins with a text and never ends. */
function endless(content: string): Reply {
  return { headers: STREAM, chunks: [ROLE, chunk({ delta: { content } })], end: 'hang' };
}

interface Stream {
  /** The text that it began with. */
  readonly text: string;
  readonly wire: string;
  readonly leave: () => void;
}

/** Requests a stream. Resolves with it once its first text is here. */
async function openStream({ agent }: ReverseProxy, signal?: AbortSignal): Promise<Stream> {
  const leaving = new AbortController();
  const response = await fetch('http://llm.example/v1/chat/completions', {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ ...HELLO, stream: true }),
    signal: signal ?? leaving.signal,
  });
  const reader = response.body!.getReader();
  let wire = '';
  let text: string | undefined;
  while (text === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The response ended: ${response.status} ${wire}`);
    wire += new TextDecoder().decode(value);
    text = /"content":"(\w+)"/.exec(wire)?.[1];
  }
  return { text, wire, leave: () => leaving.abort() };
}

async function openStreams(proxy: ReverseProxy, count: number): Promise<Stream[]> {
  const streams: Stream[] = [];
  // One after the other: a proxy with several workers counts what it has begun.
  for (let n = 0; n < count; n++) streams.push(await openStream(proxy));
  return streams;
}

const textsOf = (streams: readonly Stream[]): string[] => streams.map(({ text }) => text).toSorted();

/** Resolves once no request of a gateway is under way at its upstream. */
async function idle({ upstreams: [upstream] }: Rig): Promise<void> {
  await upstream!.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
}

describe.each(REVERSE_PROXIES)('deploy/ for %s', (name) => {
  const binary = installed(name);
  const missing = binary === undefined;
  const titled = (title: string): string => (missing ? `skipped: ${name} not found` : title);

  test.skipIf(missing)(titled('is valid as it is'), () => {
    const { status, stderr } = spawnSync(binary ?? '', CHECKS[name], { encoding: 'utf8' });
    expect([status, /warn/i.exec(stderr)]).toEqual([0, null]);
  });

  test.skipIf(missing)(
    titled('passes events on at once, and disconnects before the first one and after it'),
    async () => {
      await using rig = await start(endless('first'), { delay: 60_000 });
      await using proxy = await startReverseProxy(name, configFor(name, [rig]));
      const stream = await openStream(proxy);
      expect(stream.wire).toBe(ROLE + chunk({ delta: { content: 'first' } }));
      stream.leave();
      await idle(rig);
      const leaving = new AbortController();
      const waiting = openStream(proxy, leaving.signal).catch(() => 'left');
      await rig.upstreams[0]!.until(({ hits }) => hits.length === 2);
      leaving.abort();
      expect(await waiting).toBe('left');
      await idle(rig);
    },
  );

  test.skipIf(missing)(titled('sends a stream to the gateway that has the fewest'), async () => {
    await using first = await start(endless('first'));
    await using second = await start(endless('second'));
    await using proxy = await startReverseProxy(name, configFor(name, [first, second]));
    const streams = await openStreams(proxy, 6);
    expect(textsOf(streams)).toEqual(['first', 'first', 'first', 'second', 'second', 'second']);
    for (const { text, leave } of streams) if (text === 'second') leave();
    await idle(second);
    expect(textsOf(await openStreams(proxy, 3))).toEqual(['second', 'second', 'second']);
  });

  test.skipIf(missing)(titled('loses no request to a gateway that is gone'), async () => {
    await using first = await start(endless('first'));
    await using second = await start(endless('second'));
    await using proxy = await startReverseProxy(name, configFor(name, [first, second]));
    await first.app.close();
    expect(new Set(textsOf(await openStreams(proxy, 4)))).toEqual(new Set(['second']));
  });

  // nginx has no checks of its own in its free version: it learns of a shutdown when connections are refused, as above.
  if (name === 'haproxy')
    test.skipIf(missing)(
      titled('sends nothing new to a gateway that shuts down, and keeps what runs there'),
      async () => {
        await using first = await start(endless('first'));
        await using second = await start(endless('second'));
        await using proxy = await startReverseProxy(name, configFor(name, [first, second]));
        await openStreams(proxy, 2);
        first.gateway.drain();
        // Each stream of the second is one more, so that by their number alone the first one would be next.
        let texts: string[] = [];
        while (texts.length < 8) {
          const { text } = await openStream(proxy);
          texts = text === 'second' ? [...texts, text] : [];
        }
        expect(first.upstreams[0]!.hits.map(({ closedAt }) => closedAt)).toContain(undefined);
      },
    );
});
