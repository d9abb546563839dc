import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { hello, send } from './send.ts';

/** How many clients send at once. */
export const CLIENTS = 4;
const PAUSE_MS = 20;
const TIMEOUT_MS = 20_000;

/** Healthy requests that run beside an attack. */
export interface Healthy {
  /** Stops once the running requests have ended. Returns how many were sent, and how each of those ended that was not answered right. */
  stop(): Promise<{ readonly sent: number; readonly lost: readonly string[] }>;
}

/** Starts four clients, which send small requests one after the other, whole and as streams. `url` is looked up for each request. */
export function startHealthy(url: () => string, key: string, model = 'default'): Healthy {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const lost: string[] = [];
  const stop = new AbortController();
  let sent = 0;

  async function client(): Promise<void> {
    while (!stop.signal.aborted) {
      const stream = sent++ % 2 === 0;
      const answer = await send(url(), { body: hello({ stream, model }), key, agent, timeout: TIMEOUT_MS });
      const { status, code, text } = answer;
      const whole = text.includes('served') && (!stream || text.endsWith('data: [DONE]\n\n'));
      if (status !== 200 || !whole) lost.push(`${status} ${code}`);
      await wait(PAUSE_MS);
    }
  }

  const clients = Array.from({ length: CLIENTS }, client);
  return {
    async stop() {
      stop.abort();
      await Promise.all(clients);
      agent.destroy();
      return { sent, lost };
    },
  };
}
