// Run by leak.test.ts in a process of its own: ten thousand requests that end in every way, and what they leave behind, told as one line of JSON.
import { once } from 'node:events';
import { createGateway } from '../../src/gateway.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fieldsOf, type Reply, responder, startScriptedUpstream } from '../../src/testing/index.ts';
import { BREAKS, SPILLS, STREAM_SPILLS, WHOLES } from '../doors/cases.ts';
import { HELLO, post } from '../helpers/gateway.ts';
import { rawCaller, turns } from './wire.ts';

const MANY = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 32;
/** Cases that only cost time here: huge, slow or without an end of their own. */
const LEFT_OUT = /70 KB|one byte|stays open/;

const replies: readonly Reply[] = [
  ...Object.entries({ ...SPILLS, ...STREAM_SPILLS, ...WHOLES }).filter(([name]) => !LEFT_OUT.test(name)),
  ...Object.entries(BREAKS).map(([name, { first }]) => [name, first] as const),
].map(([, reply]) => reply);
const drops = responder({ content: 'drop '.repeat(40), delay: 1 });

// The first entry does what its model's number says, or hangs; the second one always answers.
const first = await startScriptedUpstream({
  keepAlive: 2000,
  script(request) {
    const { model } = fieldsOf(request);
    if (model === 'drops') return drops(request);
    return model === 'hang' ? { head: false, end: 'hang' } : (replies[Number(model)] ?? {});
  },
});
const second = await startScriptedUpstream({ keepAlive: 2000, script: responder({ content: 'served' }) });
let finished = 0;
const codes = new Map<string, number>();
/** What the first entry of a chain does; each has an account of its own, so that none is skipped for what another one has taught. */
const doings = [...replies.map((_, index) => String(index)), 'drops', 'hang'];
const gateway = await createGateway(
  {
    providers: {
      ...Object.fromEntries(doings.map((each) => [`a-${each}`, { baseUrl: first.baseUrl, apiKey: `key-of-${each}` }])),
      b: { baseUrl: second.baseUrl, apiKey: 'none' },
    },
    chains: {
      ...Object.fromEntries(doings.map((each) => [each, { entries: [`a-${each}/${each}`, 'b/m'] }])),
      early: { entries: ['a-hang/hang', 'b/m'], openAfter: '5ms' },
    },
  },
  {
    environment: {},
    onEvent(event) {
      if (event.kind !== 'request_finished') return;
      finished++;
      codes.set(event.code, (codes.get(event.code) ?? 0) + 1);
    },
  },
);
const app = createServer({
  doors: gateway.doors,
  clock: systemClock,
  bodyLimit: 1024 * 1024,
  writeIdle: 10_000,
  originRules: undefined,
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const place = { url } as Parameters<typeof rawCaller>[0];

/** Asks and leaves by a reset: as soon as it is sent, or when the first bytes have come. */
async function leave(chain: string, path: string, waits: boolean): Promise<void> {
  const input = path.startsWith('/v1') ? { ...HELLO, model: chain, stream: true } : { ...HELLO, model: chain };
  const socket = rawCaller(place, path, input);
  if (waits) await once(socket, 'data');
  else await turns(5);
  socket.resetAndDestroy();
}

const read = async (fetchLike: typeof fetch, where: string, body: object): Promise<void> => {
  await (await post(fetchLike, where, body)).text();
};

/** What the n-th request is. */
function ask(n: number): Promise<unknown> {
  const model = String((n * 7) % replies.length);
  const { completions } = gateway.caller.chat;
  switch (n % 10) {
    case 0:
      return read(fetch, `${url}/v1/chat/completions`, { ...HELLO, model, stream: true });
    case 1:
      return read(fetch, `${url}/v1/chat/completions`, { ...HELLO, model });
    case 2:
      return read(fetch, `${url}/trpc/chat.completions.stream`, { ...HELLO, model });
    case 3:
      return read(gateway.fetch, 'http://spillway/v1/chat/completions', { ...HELLO, model, stream: true });
    case 4:
      return leave('drops', '/v1/chat/completions', true);
    case 5:
      return leave('hang', '/v1/chat/completions', false);
    case 6:
      return leave('early', n % 20 === 6 ? '/v1/chat/completions' : '/trpc/chat.completions.stream', true);
    case 7:
      return leave('drops', '/trpc/chat.completions.stream', true);
    case 8:
      return (async () => {
        const response = await post(gateway.fetch, 'http://spillway/v1/chat/completions', {
          ...HELLO,
          model: 'drops',
          stream: true,
        });
        await response.body?.cancel();
      })();
    default:
      return (async () => {
        for await (const _ of await completions.stream({ ...HELLO, model: 'drops' })) break;
      })();
  }
}

async function run(from: number, to: number): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to) await ask(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await through(to);
  first.reset();
  second.reset();
}

/** Resolves once so many requests have told their end. */
async function through(many: number): Promise<void> {
  if (finished >= many) return;
  await turns(100);
  await through(many);
}

/** Waits until keep-alive has let go of every connection, then counts what there is. */
async function rest(): Promise<{ heap: number; resources: Record<string, number>; upstream: number }> {
  app.server.closeIdleConnections();
  await Promise.all([first, second].map((each) => each.until(({ sockets }) => sockets.open === 0, 20_000)));
  await turns(1000);
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.();
    await turns(100);
  }
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    heap: process.memoryUsage().heapUsed,
    resources,
    upstream: first.sockets.open + second.sockets.open,
  };
}

await run(0, Math.floor(MANY / 4));
const before = await rest();
await run(Math.floor(MANY / 4), MANY);
const after = await rest();
console.log(JSON.stringify({ before, after, finished, codes: Object.fromEntries(codes) }));
process.exit(0);
