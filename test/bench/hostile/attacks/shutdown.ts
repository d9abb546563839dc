import { Agent } from 'node:http';
import { once } from 'node:events';
import { chatCompletion, fieldsOf, type Script, startScriptedUpstream } from '../../../../src/testing/index.ts';
import { type HostileGateway, startHostile } from '../gateway.ts';
import { until } from '../../measure/until.ts';
import type { Report } from '../report.ts';
import { hello, send } from '../send.ts';
import { configOf, KEYS, served, warm } from '../setting.ts';
import type { Attack } from './attack.ts';

/** Their log lines fill the pipe several times over. */
const LINES = 1000;
const AT_ONCE = 10;
const DELAY_MS = 300;
const DRAIN_MS = { delay: 100, timeout: 1000 } as const;
const SLACK_MS = 2000;
const AT_ONCE_MS = 500;
const LATEST_MS = 15_000;

const script: Script = (request) => {
  if (fieldsOf(request)['user'] === 'slow') return { ...chatCompletion({ content: 'served' }), delay: DELAY_MS };
  if (fieldsOf(request)['user'] === 'hangs') return { head: false, end: 'hang' };
  return served(request);
};

/** Starts a gateway whose log is not read, and makes it log more than the pipe holds. `idle` is its memory before that, in bytes. */
async function startUnread(
  baseUrl: string,
  drainTimeout: number,
): Promise<{ readonly gateway: HostileGateway; readonly idle: number }> {
  const server = { drainDelay: `${DRAIN_MS.delay}ms`, drainTimeout: `${drainTimeout}ms` };
  const gateway = await startHostile({ config: configOf(baseUrl, { server }), output: 'pipe' });
  await warm(gateway);
  const idle = (await gateway.query('mark'))?.rss ?? Number.NaN;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const client = async (): Promise<void> => {
    for (let n = 0; n < LINES / AT_ONCE; n++) await send(gateway.url, { body: hello(), key: KEYS.healthy, agent });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
  return { gateway, idle };
}

/** Milliseconds until the process has ended. */
async function endOf(gateway: HostileGateway): Promise<number> {
  const startedAt = performance.now();
  await Promise.race([once(gateway.child, 'exit'), until(() => gateway.ended() !== undefined, LATEST_MS)]);
  return gateway.ended() === undefined ? Infinity : performance.now() - startedAt;
}

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script });
  {
    const { gateway, idle } = await startUnread(upstream.baseUrl, DRAIN_MS.timeout);
    await using _ = gateway;
    report.count(await gateway.query('read'), idle);
    upstream.reset();
    const running = Array.from({ length: AT_ONCE }, () =>
      send(gateway.url, { body: hello({ user: 'slow' }), key: KEYS.healthy }),
    );
    await upstream.until(({ hits }) => hits.length === AT_ONCE);
    gateway.child.kill('SIGTERM');
    const ms = await endOf(gateway);
    report.atMost(
      'SIGTERM while the log is not read: ms until the end',
      ms,
      DRAIN_MS.delay + DRAIN_MS.timeout + SLACK_MS,
    );
    report.oneOf('  the process', gateway.ended() ?? 'runs on', ['exit code 0']);
    if (ms === Infinity) gateway.child.kill('SIGKILL');
    const lost = (await Promise.all(running)).filter(({ status }) => status !== 200);
    report.healthy({ sent: LINES + AT_ONCE, lost: lost.map(({ status, code }) => `${status} ${code}`) });
  }
  const { gateway } = await startUnread(upstream.baseUrl, LATEST_MS);
  await using _ = gateway;
  upstream.reset();
  const hanging = send(gateway.url, { body: hello({ user: 'hangs' }), key: KEYS.attacker });
  await upstream.until(({ hits }) => hits.length === 1);
  gateway.child.kill('SIGTERM');
  // It has begun to shut down once it refuses connections.
  await until(async () => (await send(gateway.url, { body: hello(), key: KEYS.healthy })).status === 0, LATEST_MS);
  gateway.child.kill('SIGTERM');
  report.atMost('a second SIGTERM: ms until the end', await endOf(gateway), AT_ONCE_MS);
  gateway.child.kill('SIGKILL');
  await hanging;
}

/** SIGTERM to a gateway whose log is a pipe that is not read. */
export const SHUTDOWN_ATTACK: Attack = { name: 'shutdown', title: '4 SIGTERM while the log is not read', run };
