import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { turns } from '../faults/wire.ts';
import { installed } from './installed.ts';

/** The reverse proxies that tests start. */
export const REVERSE_PROXIES = ['nginx', 'haproxy'] as const;
/** The name of one. */
export type ReverseProxyName = (typeof REVERSE_PROXIES)[number];

/** A reverse proxy that listens on a socket in a folder of its own. Dispose ends it. */
export interface ReverseProxy extends AsyncDisposable {
  /** Sends requests through the proxy. */
  readonly agent: Agent;
}

const ARGUMENTS: Readonly<Record<ReverseProxyName, (file: string, folder: string) => readonly string[]>> = {
  nginx(file, folder) {
    const globals = `pid ${folder}/nginx.pid; error_log stderr; daemon off; master_process off;`;
    return ['-c', file, '-p', folder, '-g', globals];
  },
  haproxy: (file) => ['-db', '-f', file],
};

/** Folders for temporary files, for `http` of a configuration of nginx. Those of the package belong to its user. */
export function nginxFolders(folder: string): string {
  return `client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;`;
}

/** The socket of a proxy in its folder. A port that was free a moment ago could be taken by another process. */
export function proxySocket(folder: string): string {
  return join(folder, 'socket');
}

/** Starts a proxy that is installed, with the configuration that `config` makes for its folder, and waits until it listens. */
export async function startReverseProxy(
  name: ReverseProxyName,
  config: (folder: string) => string,
): Promise<ReverseProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-'));
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, config(folder));
  const child = spawn(installed(name) ?? '', ARGUMENTS[name](file, folder), { stdio: 'ignore' });
  await listens(proxySocket(folder), child);
  const agent = new Agent({ connect: { socketPath: proxySocket(folder) } });
  return {
    agent,
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
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
