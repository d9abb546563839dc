import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { PATHS } from '../load/request.ts';
import { KEY } from '../measure/gateway.ts';
import type { Fleet, Life } from './fleet.ts';

/** A request that is not answered for so long is lost, in milliseconds. */
const LATEST_MS = 10_000;

/** What the clients got. */
export interface Tally {
  served: number;
  /** 503 with `retry-after`. */
  refused: number;
  /** Failed connections to a process that was killed meanwhile. */
  cut: number;
  /** Everything else. */
  readonly lost: string[];
  /** Milliseconds of each answer. */
  readonly times: number[];
}

/** Sends requests at an even rate to the gateways in turn, until the signal is aborted. Resolves once all are answered. */
export async function runLoad(fleet: Fleet, perSecond: number, signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { served: 0, refused: 0, cut: 0, lost: [], times: [] };
  const agent = new Agent({ pipelining: 1 });
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let n = 0; !signal.aborted; n++) {
    const early = startedAt + (n * 1000) / perSecond - performance.now();
    if (early > 1) await wait(early);
    const running = fleet.running();
    const life = running[n % running.length];
    if (life === undefined) continue;
    const sent = ask(life, agent, tally);
    underWay.add(sent);
    void sent.then(() => underWay.delete(sent));
  }
  await Promise.all(underWay);
  await agent.close();
  return tally;
}

async function ask(life: Life, agent: Agent, tally: Tally): Promise<void> {
  const sentAt = performance.now();
  try {
    const { statusCode, headers, body } = await request(life.server.url + PATHS.rest, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'shared', user: life.name, messages: [{ role: 'user', content: 'Hi' }] }),
      dispatcher: agent,
      signal: AbortSignal.timeout(LATEST_MS),
    });
    const text = await body.text();
    tally.times.push(performance.now() - sentAt);
    if (statusCode === 200) tally.served++;
    else if (statusCode === 503 && headers['retry-after'] !== undefined) tally.refused++;
    else tally.lost.push(`${life.name}: ${statusCode} ${text}`);
  } catch (error) {
    if (life.diedAt < Infinity) tally.cut++;
    else tally.lost.push(`${life.name}: ${String(error)}`);
  }
}
