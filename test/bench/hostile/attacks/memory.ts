import { connect } from 'node:net';
import { startScriptedUpstream } from '../../../../src/testing/index.ts';
import { heapLimitBytes } from '../gateway.ts';
import type { Report } from '../report.ts';
import { send } from '../send.ts';
import { configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

const MB = 1024 * 1024;
const CALLERS = 20;
const BYTES = 19 * MB;
/** The default of `server.maxBodyMemory`: a quarter of the heap limit that V8 reports to such a process, in which the young generation counts too. */
const HELD_MB = heapLimitBytes() / 4 / MB;
/** What bodies add to memory, as a multiple of what is held of them. */
const TIMES = 3;
const TURN_MS = 50;
const SLOW = 40;
const DECLARED = 30 * MB;
const PIECE = Buffer.alloc(1024, ' ');
const EVERY_MS = 100;
/** A body may take ten seconds for each of its megabytes. */
const CUT_MS = 10_000;
const SLACK_MS = 5000;

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script: served });
  await using attacked = await startAttacked({ config: configOf(upstream.baseUrl) });
  const { gateway, healthy, idle } = attacked;
  const content = 'a'.repeat(BYTES);
  const body = Buffer.from(JSON.stringify({ model: 'default', messages: [{ role: 'user', content }] }));
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, () => send(gateway.url, { body, key: KEYS.attacker })),
  );
  upstream.reset();
  const large = await gateway.query('read');
  report.count(large, idle);
  const right = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(
    ({ status, code, headers }) => status === 503 && code === 'overloaded' && headers['retry-after'] === '1',
  ).length;
  const others = answers.filter(({ status }) => status !== 200).map(({ status, code }) => `${status} ${code}`);
  report.atMost(
    `${CALLERS} callers with 19 MB at once: memory, MB`,
    large === undefined ? Infinity : (large.peakRss - idle) / MB,
    TIMES * HELD_MB,
  );
  report.atMost('  longest turn, ms', large?.turnMs ?? Infinity, TURN_MS);
  report.note('  answered', right);
  report.atMost(
    `  neither answered nor refused as overloaded (${[...new Set(others)].join(', ')})`,
    CALLERS - right - refused,
    0,
  );

  await gateway.query('mark');
  const slow = await Promise.all(Array.from({ length: SLOW }, () => slowBody(gateway.url)));
  const usage = await gateway.query('read');
  report.count(usage, idle);
  const ended = slow.filter(({ status }) => status === 408);
  report.atMost(`${SLOW} bodies at 10 KB a second: not ended with 408`, SLOW - ended.length, 0);
  report.atMost('  longest time until then, ms', Math.max(...slow.map(({ ms }) => ms)), CUT_MS + SLACK_MS);
  report.atMost('  longest turn, ms', usage?.turnMs ?? Infinity, TURN_MS);
  report.healthy(await healthy.stop());
  report.oneOf('the process', gateway.ended() ?? 'runs on', ['runs on']);
}

/** Sends a body slowly until it is answered, or until the time is over. Its declared length counts for nothing. */
async function slowBody(url: string): Promise<{ readonly status: number; readonly ms: number }> {
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('data', (piece: Buffer) => resolve(Number(/^HTTP\/1.1 (\d+)/.exec(piece.toString())?.[1] ?? 0)));
  for (const event of ['error', 'close']) socket.on(event, () => resolve(0));
  const lines = ['POST /v1/chat/completions HTTP/1.1', 'host: localhost', 'content-type: application/json'];
  socket.write(
    [...lines, `authorization: Bearer ${KEYS.attacker}`, `content-length: ${DECLARED}`, '', ''].join('\r\n'),
  );
  const writing = setInterval(() => socket.write(PIECE), EVERY_MS);
  const latest = setTimeout(resolve, CUT_MS + 2 * SLACK_MS, 0);
  const status = await promise;
  clearInterval(writing);
  clearTimeout(latest);
  socket.destroy();
  return { status, ms: performance.now() - startedAt };
}

/** Many large bodies at once, and many slow ones. */
export const MEMORY_ATTACK: Attack = { name: 'memory', title: '2 large bodies at once, and slow ones', run };
