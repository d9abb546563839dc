import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxFolders, proxySocket, type ReverseProxyName } from './reverse-proxy.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

/** The configurations of balancers in `deploy/`. */
export const DEPLOY_FILES = { nginx: join(DEPLOY, 'nginx.conf'), haproxy: join(DEPLOY, 'haproxy.cfg') } as const;

/**
 * The file of `deploy/` with other addresses, and checks of health that take a twentieth of the time. `hosts`: up to three gateways, as `HOST:PORT`. `port`: a
 * port of loopback on which HAProxy listens beside its socket. Throws where the file does not have what is replaced.
 */
export function deployConfig(
  name: ReverseProxyName,
  hosts: readonly string[],
  port?: number,
): (folder: string) => string {
  return (folder) => {
    let text = readFileSync(DEPLOY_FILES[name], 'utf8');
    for (const n of [1, 2, 3]) {
      const host = hosts[n - 1];
      text =
        host === undefined
          ? replaced(text, new RegExp(`\n.*10\\.0\\.0\\.1${n}:4141.*`), '')
          : replaced(text, new RegExp(`10\\.0\\.0\\.1${n}:4141`), host);
    }
    if (name === 'haproxy') {
      const listens = `bind unix@${proxySocket(folder)}${port === undefined ? '' : `\n  bind 127.0.0.1:${port}`}`;
      // A check may take as long as it may there: until the next one.
      const changes = [
        [/inter 2s/, 'inter 100ms'],
        [/timeout connect 2s/, 'timeout connect 2s\n  timeout check 2s'],
        [/bind :8080/, listens],
      ] as const;
      return changes.reduce((changed, [from, to]) => replaced(changed, from, to), text);
    }
    const listening = replaced(text, /listen 8080;/, `listen unix:${proxySocket(folder)};`);
    return replaced(listening, /\nhttp \{/, `\nhttp {\n${nginxFolders(folder)}`);
  };
}

function replaced(text: string, from: RegExp, to: string): string {
  if (!from.test(text)) throw new Error(`deploy/ has no ${from}`);
  return text.replace(from, () => to);
}
