import { startScriptedUpstream } from '../../../../src/testing/index.ts';
import { BODIES, type HostileBody } from '../bodies.ts';
import { TRANSLATED_BODIES } from '../translated-bodies.ts';
import { startHostile } from '../gateway.ts';
import { startHealthy } from '../healthy.ts';
import type { Report } from '../report.ts';
import { type Answer, send } from '../send.ts';
import { baseline, configOf, KEYS, served, warm } from '../setting.ts';
import type { Attack } from './attack.ts';

const MB = 1024 * 1024;
const IN_A_ROW = 100;
const MOST_DEATHS = 3;

interface Made extends HostileBody {
  readonly bytes: Buffer;
}

/** Bodies, the longest CPU time of a turn in milliseconds, and the memory that a body may add as a multiple of its bytes. */
interface Sent {
  readonly all: readonly HostileBody[];
  readonly turnMs: number;
  readonly times: number;
  /** The memory of a smaller body counts as that of one of so many bytes. */
  readonly smallest: number;
}

async function run(report: Report, { all, turnMs, times, smallest }: Sent): Promise<void> {
  await using upstream = await startScriptedUpstream({ script: served });
  // The smallest first: memory that one body has added must not hide in that of a larger one before it.
  const bodies = all
    .map((body): Made => ({ ...body, bytes: body.make() }))
    .toSorted((one, other) => one.bytes.length - other.bytes.length);
  const config = configOf(upstream.baseUrl);
  let gateway = await startHostile({ config });
  await warm(gateway);
  const healthy = startHealthy(() => gateway.url, KEYS.healthy);
  let idle = await baseline(gateway);
  report.note('healthy requests alone: longest turn, ms', (await gateway.query('read'))?.turnMs ?? Infinity);

  async function attack({ path, bytes }: Made): Promise<Answer> {
    const sent = { body: bytes, key: KEYS.attacker, ...(path === undefined ? {} : { path }) };
    const answer = await send(gateway.url, sent);
    // It keeps every request otherwise.
    upstream.reset();
    return answer;
  }

  /** Starts another gateway where the process has ended. Returns how it ended; undefined where it runs. */
  async function restart(): Promise<string | undefined> {
    const ended = gateway.ended();
    if (ended === undefined) return undefined;
    await gateway[Symbol.asyncDispose]();
    gateway = await startHostile({ config });
    await warm(gateway);
    idle = await baseline(gateway);
    return ended;
  }

  async function alone(body: Made): Promise<void> {
    await gateway.query('mark');
    const { status, code } = await attack(body);
    const usage = await gateway.query('read');
    report.count(usage, idle);
    const size = body.bytes.length;
    const grown = usage === undefined ? Infinity : (usage.peakRss - idle) / Math.max(size, smallest);
    report.oneOf(`${body.name}, ${(size / MB).toFixed(1)} MB: answer`, status === 0 ? code : status, body.right);
    report.atMost('  longest turn, ms', usage?.turnMs ?? Infinity, turnMs);
    report.atMost('  memory, times the body', grown, times);
    const ended = await restart();
    if (ended !== undefined) report.oneOf('  the process', ended, ['runs on']);
  }

  async function inARow(): Promise<void> {
    let [deaths, sent] = [0, 0];
    await gateway.query('mark');
    while (sent < IN_A_ROW && deaths < MOST_DEATHS) {
      const body = bodies[sent++ % bodies.length];
      if (body !== undefined) await attack(body);
      if ((await restart()) !== undefined) deaths++;
    }
    report.count(await gateway.query('read'), idle);
    report.atMost(`${sent} of them in a row: ends of the process`, deaths, 0);
  }

  try {
    for (const body of bodies) await alone(body);
    await inARow();
    report.healthy(await healthy.stop());
  } finally {
    await healthy.stop();
    await gateway[Symbol.asyncDispose]();
  }
}

/** Bodies of up to 32 MB that cost more than their size shows. */
export const BODIES_ATTACK: Attack = {
  name: 'bodies',
  title: '1 bodies up to the body limit',
  run: (report) => run(report, { all: BODIES, turnMs: 50, times: 3, smallest: 0 }),
};

/** The same for a provider of another API: a body is parsed and written anew. */
export const TRANSLATED_ATTACK: Attack = {
  name: 'translated',
  title: '10 bodies that are translated',
  run: (report) => run(report, { all: TRANSLATED_BODIES, turnMs: 75, times: 8, smallest: 16 * MB }),
};
