// npm run bench: CPU per request of the gateway's doors beside a hand-written Fastify + undici route, in one run, rounds interleaved.
// A report, not a test: quote its ratios, the figures in microseconds belong to this machine and this minute.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';

const CONNECTIONS = 64;
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const WORK = [
  { label: 'JSON', stream: false, requests: 4000 },
  { label: '64-chunk stream', stream: true, requests: 2500 },
] as const;

/** A way of asking: the path, and how a stream says that it was whole. */
interface Way {
  readonly path: string;
  readonly end: string;
}

const REST: Way = { path: '/v1/chat/completions', end: 'data: [DONE]\n\n' };
const TRPC = {
  json: { path: '/trpc/chat.completions.create', end: '' },
  stream: { path: '/trpc/chat.completions.stream', end: 'event: return\ndata: \n\n' },
} as const satisfies Record<string, Way>;

interface Server {
  readonly child: ChildProcess;
  readonly pool: Pool;
}

async function start(file: string, ...args: readonly string[]): Promise<ChildProcess & { url: string }> {
  const child = fork(join(import.meta.dirname, file), [...args]);
  const [message] = (await once(child, 'message')) as [{ url: string }];
  return Object.assign(child, { url: message.url });
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [message] = (await once(child, 'message')) as [{ cpu: number }];
  return message.cpu;
}

async function load({ pool }: Server, work: (typeof WORK)[number], { path, end }: Way): Promise<void> {
  const { stream, requests } = work;
  const asks = path === REST.path ? { stream } : {};
  const body = JSON.stringify({ model: 'bench', ...asks, messages: [{ role: 'user', content: 'x'.repeat(900) }] });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };
  let left: number = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body: reply } = await pool.request({ path, method: 'POST', headers, body });
      const text = await reply.text();
      if (statusCode !== 200 || (stream && !text.endsWith(end)))
        throw new Error(`A wrong answer: ${statusCode} ${text.slice(-200)}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const upstream = await start('upstream.ts');
const children = {
  'fastify + undici': await start('limit.ts', upstream.url),
  spillway: await start('subject.ts', upstream.url),
};
const poolOf = ({ url }: { url: string }): Pool => new Pool(url, { connections: CONNECTIONS });
const yardstick = { child: children['fastify + undici'], pool: poolOf(children['fastify + undici']) };
const spillway = { child: children.spillway, pool: poolOf(children.spillway) };

console.log(
  `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${CONNECTIONS} connections, median of ${ROUNDS} rounds\n`,
);
console.log('work               way                CPU us/request   ratio');
for (const work of WORK) {
  const rows = [
    { name: 'fastify + undici', server: yardstick, way: REST },
    { name: 'spillway REST', server: spillway, way: REST },
    { name: 'spillway tRPC', server: spillway, way: work.stream ? TRPC.stream : TRPC.json },
  ].map((row) => ({ ...row, costs: [] as number[] }));
  for (const { server, way } of rows) await load(server, work, way);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { server, way, costs } of rows) {
      const before = await cpuOf(server.child);
      await load(server, work, way);
      costs.push(((await cpuOf(server.child)) - before) / work.requests);
    }
  }
  const base = median(rows[0]?.costs ?? []);
  for (const { name, costs } of rows) {
    const cost = median(costs);
    console.log(
      `${work.label.padEnd(18)} ${name.padEnd(18)} ${cost.toFixed(0).padStart(14)} ${(cost / base).toFixed(2).padStart(9)}`,
    );
  }
}
await Promise.all([yardstick, spillway].map(({ pool }) => pool.close()));
for (const child of [upstream, ...Object.values(children)]) child.kill();
