import { systemClock } from '../../src/lib/clock.ts';
import { createMemoryCounts } from '../../src/state/shared/memory-counts.ts';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, responder } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from './gateway.ts';
import { HELLO } from './hello.ts';

/** Keys of clients, by their names. */
export const KEYS = Object.freeze({
  operator: 'key-of-the-operator-0123456789',
  ci: 'key-of-ci-0123456789abcdef',
  poor: 'key-of-poor-0123456789abcdef',
  limited: 'key-of-limited-0123456789abcdef',
});

/** Twelve tokens of output in an answer, at ten dollars for a million: what the scripted answer of `b` costs, in US dollars. */
export const COST = 0.00012;

const CUT: Reply = {
  headers: { 'content-type': 'text/event-stream' },
  chunks: [chunk({ delta: { role: 'assistant', content: 'Half' } }), { delay: 20 }],
  end: 'rst',
};

const OPEN: Reply = { ...CUT, end: 'hang' };

/** A gateway whose chains fail in different ways. */
export async function startTraffic(config: Parameters<typeof startRig>[1] = {}): Promise<Rig> {
  const releases = Promise.withResolvers<void>();
  const busy = async (_: unknown, n: number): Promise<Reply> => {
    if (n === 0) await releases.promise;
    return chatCompletion({ content: 'Hi' });
  };
  const rig = await startRig(
    [
      openaiError(429, 'slow down', { headers: { 'retry-after': '600' } }),
      responder({ content: 'Hi' }),
      CUT,
      { ...chatStream({ content: 'late' }), delay: 30_000 },
      busy,
      OPEN,
    ],
    {
      ...config,
      ledger: { counts: createMemoryCounts(systemClock).connect('one'), process: 'one' },
      providers: {
        a: { models: { 'model-a': { price: { input: 0, output: 10 } } } },
        b: { limits: { requestsPerMinute: 1000 }, models: { 'model-b': { price: { input: 0, output: 10 } } } },
        e: { limits: { concurrency: 1 } },
        f: { models: { 'model-f': { price: { input: 0, output: 10 } } } },
      },
      config: {
        auth: {
          keys: [
            { name: 'operator', key: KEYS.operator, role: 'admin' },
            { name: 'ci', key: KEYS.ci, tenant: 'acme', budgets: [{ amount: 1, period: 'month' }] },
            { name: 'poor', key: KEYS.poor, budgets: [{ amount: 0.000_001, period: 'day' }] },
            { name: 'limited', key: KEYS.limited, limits: { requestsPerMinute: 1 } },
          ],
        },
        tenants: { acme: { budgets: [{ amount: 2000, period: 'month' }] } },
        chains: {
          default: { entries: ['a/model-a', 'b/model-b'] },
          cut: { entries: ['c/model-c'] },
          hedged: { entries: ['d/model-d', 'b/model-b'], hedge: { after: '30ms', budget: 1 } },
          open: { entries: ['f/model-f'] },
          queued: { entries: ['e/model-e'], queue: { maxWait: '30s', maxSize: 10 } },
        },
        ...config.config,
      },
    },
  );
  rig.defer(async () => releases.resolve());
  await serve(rig, () => releases.resolve());
  return rig;
}

/** Opens a stream of `ci` that does not end, and reads its first piece. Dispose cancels it. */
export async function openStream(rig: Pick<Rig, 'url'>): Promise<AsyncDisposable> {
  const headers = { authorization: `Bearer ${KEYS.ci}` };
  const body = { ...HELLO, max_tokens: 12, model: 'open', stream: true };
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, body, { headers });
  const reader = response.body?.getReader();
  await reader?.read();
  return { [Symbol.asyncDispose]: async () => reader?.cancel() };
}

/** Sends a chat request under a key, and reads its whole answer; a stream that breaks off is read as far as it goes. */
export async function ask(rig: Pick<Rig, 'url'>, key: string, body: object): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, max_tokens: 12, ...body },
    { headers },
  );
  await response.text().catch(() => undefined);
  return response.status;
}

/** Twelve requests: see the test of the counts for what each of them is. */
async function serve(rig: Rig, release: () => void): Promise<void> {
  const { operator, ci, poor, limited } = KEYS;
  // The first one fails over; the others skip the entry that cools down.
  for (let n = 0; n < 3; n++) await ask(rig, ci, {});
  await ask(rig, ci, { stream: true });
  await ask(rig, operator, { model: 'cut', stream: true });
  await ask(rig, operator, { model: 'hedged', stream: true });
  await ask(rig, poor, {});
  await ask(rig, limited, { model: 'b/model-b' });
  await ask(rig, limited, { model: 'b/model-b' });
  await ask(rig, 'a-key-that-nobody-knows', {});
  const first = ask(rig, operator, { model: 'queued' });
  await rig.upstreams[4]?.until(({ hits }) => hits.length === 1);
  const second = ask(rig, operator, { model: 'queued' });
  await untilQueued(rig);
  release();
  await Promise.all([first, second]);
}

/** Waits until a request is in the queue of its chain. */
async function untilQueued(rig: Rig): Promise<void> {
  for (;;) {
    const response = await fetch(`${rig.url}/metrics`, { headers: { authorization: `Bearer ${KEYS.operator}` } });
    if ((await response.text()).includes('spillway_queue_waiting{chain="queued"} 1')) return;
  }
}
