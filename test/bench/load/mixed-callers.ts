import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { KEY } from '../measure/gateway.ts';
import { ENDS, PATHS, shortPrompt } from './request.ts';
import { drawFates } from './ways.ts';

/** What came of the callers so far. */
export interface Tally {
  asked: number;
  left: number;
  /** Failures that the upstream was told to make at both entries. */
  scripted: number;
  /** All other failures, and answers where there could be none; a few of them in words. */
  readonly others: string[];
}

/** The load of mixed callers. */
export interface MixedLoad {
  readonly url: string;
  /** Chains of two entries. */
  readonly chains: readonly string[];
  /** Those for who meets a 429: so many that one is asked again only when its entries have cooled down. */
  readonly coolingChains: readonly string[];
  readonly callers: number;
  readonly signal: AbortSignal;
}

const LEAVING_SHARE = 0.3;
const FAILING_SHARE = 0.1;
const LONGEST_PAUSE_MS = 200;
const LONGEST_STAY_MS = 15;

const MESSAGES = { messages: shortPrompt(900) };
const KINDS = [
  { path: PATHS.rest, input: MESSAGES, end: '}' },
  { path: PATHS.rest, input: { ...MESSAGES, stream: true }, end: ENDS.REST },
  { path: PATHS.trpc, input: MESSAGES, end: '}' },
  { path: PATHS.trpcStream, input: MESSAGES, end: ENDS.tRPC },
  { path: '/v1/embeddings', input: { input: 'The water found another way down.' }, end: '}' },
] as const;

/** Lets callers come until the signal, each with a short pause between requests; resolves when the last has been answered. */
export async function runMixedLoad(
  { url, chains, coolingChains, callers, signal }: MixedLoad,
  tally: Tally,
): Promise<void> {
  let cooled = 0;
  const pool = new Pool(url, { connections: callers });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };

  async function one(): Promise<void> {
    const { path, input, end } = KINDS[Math.floor(Math.random() * KINDS.length)] ?? KINDS[0];
    const { user, cools, bothFail } = drawFates(FAILING_SHARE);
    const model = cools ? coolingChains[cooled++ % coolingChains.length] : chains[tally.asked % chains.length];
    tally.asked++;
    const leaves = Math.random() < LEAVING_SHARE;
    const leaving = new AbortController();
    if (leaves) tally.left++;
    const stay = leaves && setTimeout(() => leaving.abort(), Math.random() * LONGEST_STAY_MS);
    try {
      const body = JSON.stringify({ model, user, ...input });
      const response = await pool.request({ path, method: 'POST', headers, body, signal: leaving.signal });
      const fault = faultOf(response.statusCode, await response.body.text(), end);
      if (bothFail && fault !== undefined) tally.scripted++;
      else if (bothFail || fault !== undefined) tally.others.push(`${path} ${user}: ${fault ?? 'an answer'}`);
    } catch (error) {
      if (!leaving.signal.aborted) tally.others.push(`${path} ${user}: ${String(error)}`);
    } finally {
      if (stay !== false) clearTimeout(stay);
    }
  }

  const caller = async (): Promise<void> => {
    while (!signal.aborted) {
      await one();
      await wait(Math.random() * LONGEST_PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller)).finally(() => pool.close());
}

function faultOf(status: number, text: string, end: string): string | undefined {
  return status === 200 && text.endsWith(end) ? undefined : `${status} ${text.slice(-300)}`;
}
