import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { INTERNAL } from '../domain/principal.ts';
import type { RequestList, RequestListInput } from '../domain/request-list.ts';
import { listRequests } from '../gateway/list-requests.ts';
import { systemClock } from '../lib/clock.ts';
import { firstIdAt, idText, parseIdText } from '../lib/time-ids.ts';
import { parseDuration } from '../config/units.ts';
import { configuredStore } from './configured-store.ts';
import { gatewayClient } from './gateway-client.ts';
import { inUserTerms } from './in-user-terms.ts';
import { REQUEST_CSV_HEAD, requestCsv } from './request-csv.ts';
import { UsageError } from './usage-error.ts';

/** Requests of one page. */
const PAGE = 200;
/** How far the export stays behind, in milliseconds: other processes write their rows a little later. */
const BEHIND_MS = 15_000;
const FORMATS = ['jsonl', 'csv'] as const;

/** Reads a page of requests. */
type ReadPage = (input: RequestListInput) => Promise<RequestList>;

const FLAGS = {
  config: { type: 'string' },
  url: { type: 'string' },
  since: { type: 'string' },
  after: { type: 'string' },
  format: { type: 'string' },
  key: { type: 'string' },
  tenant: { type: 'string' },
} as const;

/**
 * Runs `spillway requests export`: prints requests in the order of their ends, from the store of the configuration or, with `--url`, over the API. Says at the
 * end, on standard error, behind which id the next export goes on. Rejects with a UsageError.
 */
export async function requests(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (positionals.length !== 1 || positionals[0] !== 'export')
    throw new UsageError(`requests: write 'spillway requests export', not '${positionals.join(' ')}'; see --help`);
  const format = FORMATS.find((each) => each === (values.format ?? 'jsonl'));
  if (format === undefined) throw new UsageError(`--format must be jsonl or csv, not '${values.format}'`);
  const now = systemClock.now();
  const start = startOf(values, now);
  await using stack = new AsyncDisposableStack();
  const read = values.url === undefined ? await readStored(values.config, stack) : readRemote(values.url);
  const to = new Date(now - BEHIND_MS).toISOString();
  const { key, tenant } = values;
  if (format === 'csv') await print(`${REQUEST_CSV_HEAD}\n`);
  let exported = 0;
  let last = start;
  for (let after: string | null = start; after !== null;) {
    const page: RequestList = await read({ after, to, limit: PAGE, ...(key && { key }), ...(tenant && { tenant }) });
    const rows = page.data.toReversed();
    await print(rows.map((row) => `${format === 'csv' ? requestCsv(row) : JSON.stringify(row)}\n`).join(''));
    exported += rows.length;
    last = page.next ?? rows.at(-1)?.id ?? last;
    after = page.next;
  }
  process.stderr.write(`spillway: exported ${exported} requests; the next export goes on with --after ${last}\n`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`requests: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The id behind which the export begins. */
function startOf({ since, after }: { readonly since?: string; readonly after?: string }, now: number): string {
  if (after !== undefined) {
    if (since !== undefined) throw new UsageError('--after cannot be combined with --since; remove one of them');
    if (parseIdText(after) !== undefined) return after;
    throw new UsageError(`--after must be an id of a request such as r_6i0k3l2m00000, not '${after}'`);
  }
  const ago = since === undefined ? undefined : parseDuration(since);
  const from = since === undefined ? 0 : ago === undefined ? Date.parse(since) : now - ago;
  if (Number.isNaN(from))
    throw new UsageError(`--since must be a duration like 7d, or a date like 2026-11-30, not '${since}'`);
  const first = firstIdAt(from);
  return idText(first === 0n ? 0n : first - 1n);
}

function readRemote(url: string): ReadPage {
  const send = gatewayClient(url);
  return (input) => send({ path: '/requests', query: { ...input } });
}

async function readStored(file: string | undefined, stack: AsyncDisposableStack): Promise<ReadPage> {
  const store = await configuredStore(file, stack);
  const log = { flush: () => Promise.resolve(), formOf: (user: string) => Promise.resolve(user) };
  const reader = { principal: INTERNAL, options: {} };
  return (input) => inUserTerms(() => listRequests({ store, log }, reader, input));
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
