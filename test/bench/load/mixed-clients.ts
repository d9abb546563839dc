import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { KEY } from '../measure/gateway.ts';
import { ENDS, PATHS, shortPrompt } from './request.ts';
import { drawOutcomes } from './outcomes.ts';

/** The clients' results so far. */
export interface Tally {
  requests: number;
  disconnected: number;
  /** Failures that the upstream was instructed to make at both entries. */
  scripted: number;
  /** Descriptions of all other failures, and of answers where both entries were to fail. */
  readonly others: string[];
}

/** The load of mixed clients. */
export interface MixedLoad {
  readonly url: string;
  /** Chains of two entries. */
  readonly chains: readonly string[];
  /** Chains for requests that get a 429: so many that each is used again only after its cooldowns. */
  readonly coolingChains: readonly string[];
  readonly clients: number;
  readonly signal: AbortSignal;
}

const DISCONNECT_SHARE = 0.3;
const FAILING_SHARE = 0.1;
const LONGEST_PAUSE_MS = 200;
const LONGEST_WAIT_MS = 15;

const MESSAGES = { messages: shortPrompt(900) };
const KINDS = [
  { path: PATHS.rest, input: MESSAGES, end: '}' },
  { path: PATHS.rest, input: { ...MESSAGES, stream: true }, end: ENDS.REST },
  { path: PATHS.trpc, input: MESSAGES, end: '}' },
  { path: PATHS.trpcStream, input: MESSAGES, end: ENDS.tRPC },
  { path: '/v1/embeddings', input: { input: 'The water found another way down.' }, end: '}' },
] as const;

/** Sends requests until the signal aborts, each client with short pauses in between; resolves when the last one is answered. */
export async function runMixedLoad(
  { url, chains, coolingChains, clients, signal }: MixedLoad,
  tally: Tally,
): Promise<void> {
  let cooling = 0;
  const pool = new Pool(url, { connections: clients });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };

  async function one(): Promise<void> {
    const { path, input, end } = KINDS[Math.floor(Math.random() * KINDS.length)] ?? KINDS[0];
    const { user, cools, bothFail } = drawOutcomes(FAILING_SHARE);
    const model = cools ? coolingChains[cooling++ % coolingChains.length] : chains[tally.requests % chains.length];
    tally.requests++;
    const disconnects = Math.random() < DISCONNECT_SHARE;
    const disconnect = new AbortController();
    if (disconnects) tally.disconnected++;
    const timer = disconnects && setTimeout(() => disconnect.abort(), Math.random() * LONGEST_WAIT_MS);
    try {
      const body = JSON.stringify({ model, user, ...input });
      const response = await pool.request({ path, method: 'POST', headers, body, signal: disconnect.signal });
      const fault = faultOf(response.statusCode, await response.body.text(), end);
      if (bothFail && fault !== undefined) tally.scripted++;
      else if (bothFail || fault !== undefined) tally.others.push(`${path} ${user}: ${fault ?? 'an answer'}`);
    } catch (error) {
      if (!disconnect.signal.aborted) tally.others.push(`${path} ${user}: ${String(error)}`);
    } finally {
      if (timer !== false) clearTimeout(timer);
    }
  }

  const client = async (): Promise<void> => {
    while (!signal.aborted) {
      await one();
      await wait(Math.random() * LONGEST_PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: clients }, client)).finally(() => pool.close());
}

function faultOf(status: number, text: string, end: string): string | undefined {
  return status === 200 && text.endsWith(end) ? undefined : `${status} ${text.slice(-300)}`;
}
