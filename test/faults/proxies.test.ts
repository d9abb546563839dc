import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { describe, expect, test } from 'vitest';
import { chunk } from '../../src/testing/index.ts';
import { DONE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { turns } from './wire.ts';

/** A reverse proxy in the default configuration of its package, except for its address (a socket in its folder) and the port behind it. */
interface Proxy {
  readonly config: (folder: string, behind: number) => string;
  readonly args: (file: string, folder: string) => readonly string[];
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    config: (folder, behind) => `
      pid ${folder}/nginx.pid; error_log stderr; daemon off; master_process off;
      events {}
      http {
        access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
        fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
        gzip on;
        server { listen unix:${socketIn(folder)}; location / { proxy_pass http://127.0.0.1:${behind}; } }
      }`,
    args: (file, folder) => ['-c', file, '-p', folder],
  },
  haproxy: {
    config: (folder, behind) => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen all
  bind unix@${socketIn(folder)}
  server gateway 127.0.0.1:${behind}
`,
    args: (file) => ['-db', '-f', file],
  },
};

function installed(name: string): string | undefined {
  return [`/usr/sbin/${name}`, `/usr/local/sbin/${name}`, `/usr/bin/${name}`].find((path) => existsSync(path));
}

/** A socket in a folder of its own. A port that was free a moment ago could be taken by another process. */
function socketIn(folder: string): string {
  return join(folder, 'socket');
}

async function listens(path: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(path);
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'error').then(() => ['error']),
    ]).catch(() => ['error']);
    socket.destroy();
    if (event === 'connect') return;
    await turns(1000);
  }
  throw new Error('The proxy exited.');
}

async function startProxy(name: string, binary: string, behind: number) {
  const { config, args } = PROXIES[name]!;
  const folder = mkdtempSync(join(tmpdir(), 'spillway-'));
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, config(folder, behind));
  const child = spawn(binary, [...args(file, folder)], { stdio: 'ignore' });
  await listens(socketIn(folder), child);
  const agent = new Agent({ connect: { socketPath: socketIn(folder) } });
  return {
    agent,
    async [Symbol.asyncDispose]() {
      await agent.close();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

describe.each(Object.keys(PROXIES))('ST-07 ST-08 behind %s in its default configuration', (name) => {
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
    await using proxy = await startProxy(name, binary ?? '', Number(new URL(rig.url).port));
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
