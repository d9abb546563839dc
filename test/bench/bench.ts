// npm run bench: CPU per request of the gateway beside a hand-written Fastify + undici route, in one run, rounds interleaved.
// A report, not a test: quote its ratios, the figures in microseconds belong to this machine and this minute.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';

const CONNECTIONS = 64;
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const WORK = { json: { stream: false, requests: 4000 }, stream: { stream: true, requests: 2500 } } as const;

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

async function load({ pool }: Server, stream: boolean, requests: number): Promise<void> {
  const body = JSON.stringify({ model: 'bench', stream, messages: [{ role: 'user', content: 'x'.repeat(900) }] });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body: reply } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers,
        body,
      });
      const text = await reply.text();
      if (statusCode !== 200 || (stream && !text.endsWith('data: [DONE]\n\n')))
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
const servers = Object.entries(children).map(([name, child]) => ({
  name,
  child,
  pool: new Pool(child.url, { connections: CONNECTIONS }),
}));

console.log(
  `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${CONNECTIONS} connections, median of ${ROUNDS} rounds\n`,
);
console.log('work               server              CPU us/request   ratio');
for (const { stream, requests } of Object.values(WORK)) {
  const costs = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  for (const server of servers) await load(server, stream, requests);
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      const before = await cpuOf(server.child);
      await load(server, stream, requests);
      costs.get(server.name)?.push(((await cpuOf(server.child)) - before) / requests);
    }
  }
  const yardstick = median(costs.get('fastify + undici') ?? []);
  for (const [name, values] of costs) {
    const cost = median(values);
    const label = stream ? '64-chunk stream' : 'JSON';
    console.log(
      `${label.padEnd(18)} ${name.padEnd(18)} ${cost.toFixed(0).padStart(14)} ${(cost / yardstick).toFixed(2).padStart(9)}`,
    );
  }
}
await Promise.all(servers.map(({ pool }) => pool.close()));
for (const child of [upstream, ...Object.values(children)]) child.kill();
