import { styleText } from 'node:util';
import type { AttemptResult } from '../attempt/answer.ts';
import { retryWithoutRefusedParameter } from '../attempt/retry-without-refused-parameter.ts';
import { commitGate } from '../chain/commit.ts';
import { openai } from '../dialects/openai/chat/codec.ts';
import { readProxies } from '../config/proxies.ts';
import type { Entry, Snapshot } from '../domain/chain.ts';
import { systemClock } from '../lib/clock.ts';
import { createProfiles } from '../targets/profiles.ts';
import { createTransport } from '../upstream/dispatch.ts';
import { createPools } from '../upstream/pools.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { table } from './table.ts';

/** One entry may take so long to its first token, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The smallest request there is: a word to say, and room for as little of an answer as every vendor grants. */
const TINY = { messages: [{ role: 'user', content: 'Say: ok' }], max_tokens: 16 };

/** What an entry said. */
interface Said {
  readonly entry: Entry;
  readonly result: AttemptResult;
  readonly head: ReplyHead | undefined;
  readonly ms: number;
}

/** Sends every entry one tiny request, the same model of a provider once, and shows what came back. Resolves with how many failed. */
export async function askLive(snapshot: Snapshot): Promise<number> {
  const pools = createPools({ proxyOf: readProxies(process.env) });
  await using _ = { [Symbol.asyncDispose]: () => pools.close() };
  const entries = new Map(
    [...snapshot.chains.values()].flatMap(({ entries: all }) =>
      all.map((entry) => [`${entry.provider}/${entry.model}`, entry] as const),
    ),
  );
  const said: Said[] = [];
  for (const [name, entry] of entries) {
    progress(`asking ${name} (${said.length + 1} of ${entries.size}) ...`);
    said.push(await ask(entry, pools, snapshot.redact));
  }
  progress('');
  const rows = said.map(({ entry, result, head, ms }) => [
    `  ${result.kind === 'answered' ? 'ok' : 'failed'}`,
    `${entry.provider}/${entry.model}`,
    String(head?.status ?? '-'),
    result.kind === 'answered' ? `${Math.round(ms)} ms` : '-',
    result.kind === 'answered' ? limitsOf(head) : `${result.failure.kind}: ${result.failure.message}`,
  ]);
  process.stdout.write(`\n${table([['', 'entry', 'status', 'first token', 'limits told'], ...rows])}\n`);
  return said.filter(({ result }) => result.kind !== 'answered').length;
}

async function ask(
  entry: Entry,
  pools: ReturnType<typeof createPools>,
  redact: (text: string) => string,
): Promise<Said> {
  let head: ReplyHead | undefined;
  const transport = createTransport(pools);
  const started = systemClock.now();
  const result = await retryWithoutRefusedParameter(
    {
      clock: systemClock,
      dialect: openai,
      transport: (request, receiver) =>
        transport(request, {
          started: () => receiver.started(),
          head: (came) => ((head = came), receiver.head(came)),
          data: (bytes) => receiver.data(bytes),
          end: () => receiver.end(),
          failed: (failure) => receiver.failed(failure),
        }),
    },
    createProfiles(),
    {
      call: { operation: 'chat.completions', input: TINY, bytes: undefined, stream: true },
      target: entry.targets[0],
      timeouts: entry.timeouts,
      commitWithin: PATIENCE_MS,
      gate: commitGate('first-token'),
      redact,
      headers: {},
      signal: new AbortController().signal,
      watcher: {},
    },
  );
  const ms = systemClock.now() - started;
  // The first token is all that was wanted: the rest would only cost.
  if (result.kind === 'answered' && result.answer.kind === 'stream') await result.answer.stream[Symbol.asyncDispose]();
  return { entry, result, head, ms };
}

/** The limits that a reply's headers tell, e.g. `requests 1000, tokens 12000`. */
function limitsOf(head: ReplyHead | undefined): string {
  const told = Object.entries(head?.headers ?? {}).flatMap(([name, value]) => {
    const what = /^x-ratelimit-limit-([\w-]+)$/.exec(name)?.[1];
    return what === undefined ? [] : [`${what.replaceAll('-', ' ')} ${String(value)}`];
  });
  return told.length === 0 ? 'none' : told.join(', ');
}

/** A line that the next one replaces, for whoever looks on; nothing where nobody does. */
function progress(text: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001B[K${text === '' ? '' : styleText('dim', text, { stream: process.stderr })}`);
}
