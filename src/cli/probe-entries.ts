import { styleText } from 'node:util';
import type { AttemptResult } from '../attempt/answer.ts';
import { retryWithoutRefusedParameter } from '../attempt/retry-without-refused-parameter.ts';
import { commitGate } from '../chain/commit.ts';
import { readProxies } from '../config/proxies.ts';
import { codecOf } from '../dialects/codec-of.ts';
import { createCall } from '../domain/call.ts';
import type { Entry, Snapshot } from '../domain/chain.ts';
import { RequestBody } from '../domain/request-body.ts';
import { systemClock } from '../lib/clock.ts';
import { createCohort } from '../lib/cohort.ts';
import { chatCompletions } from '../operations/chat-completions.ts';
import { createProfiles } from '../targets/profiles.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools, type Pools } from '../upstream/pools.ts';
import type { ReplyHead, Transport } from '../upstream/transport.ts';
import { table } from './table.ts';

/** Longest time to the first token of one entry, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The smallest request: one short message, and the smallest `max_tokens` that every provider accepts. */
const CALL = createCall({
  operation: chatCompletions,
  body: RequestBody.of({ messages: [{ role: 'user', content: 'Say: ok' }], max_tokens: 16 }),
  stream: true,
  headers: {},
});

/** The outcome of one entry's probe. */
interface Probe {
  readonly entry: Entry;
  readonly result: AttemptResult;
  readonly head: ReplyHead | undefined;
  /** Milliseconds to the result. */
  readonly ms: number;
}

/**
 * Sends each entry one small request, one after the other, and prints a table of the results. A `provider/model` that occurs in several chains
 * is probed once. Resolves with the number of entries that failed.
 */
export async function probeEntries(snapshot: Snapshot): Promise<number> {
  const pools = createPools({ proxyOf: readProxies(process.env) });
  await using _ = { [Symbol.asyncDispose]: () => pools.close() };
  const entries = new Map(
    [...snapshot.chains.values()].flatMap(({ entries: all }) =>
      all.map((entry) => [`${entry.provider}/${entry.model}`, entry] as const),
    ),
  );
  const probes: Probe[] = [];
  for (const [name, entry] of entries) {
    showProgress(`checking ${name} (${probes.length + 1} of ${entries.size}) ...`);
    probes.push(await probe(entry, pools, snapshot));
  }
  showProgress('');
  const rows = probes.map(({ entry, result, head, ms }) => [
    `  ${result.kind === 'answered' ? 'ok' : 'failed'}`,
    `${entry.provider}/${entry.model}`,
    String(head?.status ?? '-'),
    result.kind === 'answered' ? `${Math.round(ms)} ms` : '-',
    result.kind === 'answered' ? limitsOf(head) : `${result.failure.kind}: ${result.failure.message}`,
  ]);
  process.stdout.write(`\n${table([['', 'entry', 'status', 'first token', 'limits reported'], ...rows])}\n`);
  return probes.filter(({ result }) => result.kind !== 'answered').length;
}

async function probe(entry: Entry, pools: Pools, { redact }: Pick<Snapshot, 'redact'>): Promise<Probe> {
  let head: ReplyHead | undefined;
  const transport = withHead(createTransport(pools), (received) => (head = received));
  const startedAt = systemClock.now();
  const result = await retryWithoutRefusedParameter(
    { clock: systemClock, codecOf, inCohort: createCohort(), transport },
    createProfiles(),
    {
      call: CALL,
      target: entry.targets[0],
      timeouts: entry.timeouts,
      commitWithin: TIMEOUT_MS,
      gate: commitGate('first-token'),
      redact,
      headers: {},
      signal: new AbortController().signal,
      listener: {},
    },
  );
  const ms = systemClock.now() - startedAt;
  // The first token is enough; the rest of the answer would only cost.
  if (result.kind === 'answered' && result.answer.kind === 'stream') await result.answer.stream[Symbol.asyncDispose]();
  return { entry, result, head, ms };
}

/** A transport that also passes the head of each reply to `onHead`. */
function withHead(transport: Transport, onHead: (head: ReplyHead) => void): Transport {
  return (request, receiver) =>
    transport(request, {
      started: () => receiver.started(),
      head(head) {
        onHead(head);
        receiver.head(head);
      },
      data: (bytes) => receiver.data(bytes),
      end: () => receiver.end(),
      failed: (failure) => receiver.failed(failure),
    });
}

/** The limits in a reply's headers, for example `requests 1000, tokens 12000`. */
function limitsOf(head: ReplyHead | undefined): string {
  const limits = Object.entries(head?.headers ?? {}).flatMap(([name, value]) => {
    const what = /^x-ratelimit-limit-([\w-]+)$/.exec(name)?.[1];
    return what === undefined ? [] : [`${what.replaceAll('-', ' ')} ${String(value)}`];
  });
  return limits.length === 0 ? 'none' : limits.join(', ');
}

/** Prints a line that the next one replaces; an empty text removes it. Prints nothing without a terminal. */
function showProgress(text: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001B[K${text === '' ? '' : styleText('dim', text, { stream: process.stderr })}`);
}
