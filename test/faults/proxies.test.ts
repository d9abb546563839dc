import { createServer, type ServerResponse } from 'node:http';
import { fetch } from 'undici';
import { describe, expect, test } from 'vitest';
import { chunk } from '../../src/testing/index.ts';
import { DONE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { installed } from '../helpers/installed.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import {
  nginxFolders,
  proxySocket,
  REVERSE_PROXIES,
  type ReverseProxyName,
  startReverseProxy,
} from '../helpers/reverse-proxy.ts';

/** The default configuration of each proxy's package, except for its address and the port behind it. */
const CONFIGS: Readonly<Record<ReverseProxyName, (folder: string, behind: number) => string>> = {
  nginx: (folder, behind) => `
    events {}
    http {
      access_log off; ${nginxFolders(folder)}
      gzip on;
      server { listen unix:${proxySocket(folder)}; location / { proxy_pass http://127.0.0.1:${behind}; } }
    }`,
  haproxy: (folder, behind) => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen all
  bind unix@${proxySocket(folder)}
  server gateway 127.0.0.1:${behind}
`,
};

describe.each(REVERSE_PROXIES)('ST-07 ST-08 behind %s in its default configuration', (name) => {
  const binary = installed(name);
  const title = binary === undefined ? `skipped: ${name} not found` : 'each event arrives by itself, before the next';

  test.skipIf(binary === undefined)(title, async () => {
    const words = Array.from({ length: 6 }, (_, n) => chunk({ delta: { content: `word${n} ` } }));
    const received = words.map(() => Promise.withResolvers<void>());
    // The next event is sent once the client has received this one, so a proxy that buffers events receives no more of them.
    async function answer(response: ServerResponse): Promise<void> {
      response.writeHead(200, STREAM).write(ROLE);
      for (const [n, word] of words.entries()) {
        response.write(word);
        await received[n]?.promise;
      }
      response.end(STOP + DONE);
    }
    const provider = createServer((_, response) => void answer(response));
    using _closing = closing(provider);
    const port = await listenOnLoopback(provider);
    await using rig = await startRig([], {
      config: {
        providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
        chains: { default: { entries: ['a/m'] } },
      },
    });
    const behind = Number(new URL(rig.url).port);
    await using proxy = await startReverseProxy(name, (folder) => CONFIGS[name](folder, behind));
    const response = await fetch('http://127.0.0.1/v1/chat/completions', {
      dispatcher: proxy.agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip, br, zstd' },
      body: JSON.stringify({ ...HELLO, stream: true }),
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('content-length')).toBeNull();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    let wire = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      wire += piece;
      for (const [n, { resolve }] of received.entries()) if (wire.includes(`word${n} `)) resolve();
    }
    expect(wire).toBe([ROLE, ...words, STOP, DONE].join(''));
  });
});
