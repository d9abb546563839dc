import { describe, expect, test } from 'vitest';
import type { Principal } from '../../src/domain/principal.ts';
import { type Chunk, chunk, openaiError, type Reply, type Script, sse } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { budgetOf } from '../helpers/budget.ts';
import { principalOf } from '../helpers/principal.ts';

const URL = 'http://x/v1/chat/completions';
const DOLLAR = 1e9;
/** US dollars per million tokens. */
const PRICE = { input: 10, output: 100 };
const NANO = { input: 10_000, output: 100_000 };
const MESSAGES = [{ role: 'user', content: 'a prompt of some length, which is estimated' }];

const BUDGET = budgetOf({ amountNano: DOLLAR, period: 'total' });
const KEY: Principal = principalOf('ci', { budgets: [BUDGET] });

/** A completion that reports its usage: 8 tokens of input, and so much output. */
function answerOf(output: number): Reply {
  const message = { role: 'assistant', content: 'x', refusal: null };
  return {
    body: {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 8, completion_tokens: output, total_tokens: 8 + output },
    },
  };
}

/** The provider `b` is free, and in no chain. */
function rigOf(script: Script): Promise<Rig> {
  return startRig([script, script], {
    providers: { a: { models: { '*': { price: PRICE } } }, b: { models: { '*': { price: { input: 0, output: 0 } } } } },
    config: {
      chains: { default: { entries: ['a/model-a'] } },
      // A busy machine takes its time for hundreds of connections.
      defaults: { chain: 'default', timeouts: { connect: '60s' } },
    },
  });
}

/** Sends requests one after the other until one is refused: nothing is left then that one more fits into. */
async function exhaust(send: () => Promise<Response>): Promise<string> {
  for (;;) {
    const response = await send();
    const text = await response.text();
    if (response.status === 402) return text;
  }
}

/** Runs `many` tasks, `atOnce` at a time. */
async function inParallel(many: number, atOnce: number, task: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < many) await task(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const costOf = (rig: Rig): number => rig.finished().reduce((sum, { cost }) => sum + (cost.nano ?? 0), 0);

describe('10,000 calls, 200 at once, against $1.00', () => {
  test('spend no more than that where max_tokens bounds them', { timeout: 60_000 }, async () => {
    // Answers take any part of what they may.
    await using rig = await rigOf((_request, n) => answerOf(1 + ((n * 7919) % 40)));
    const fetchLike = rig.gateway.fetchAs(KEY);
    const statuses = new Set<number>();
    const send = async (): Promise<Response> => {
      const response = await post(fetchLike, URL, { messages: MESSAGES, max_tokens: 40 });
      statuses.add(response.status);
      return response;
    };
    await inParallel(10_000, 200, async () => (await send()).arrayBuffer());
    const refusal = await exhaust(send);
    expect(refusal).not.toContain('reserved');
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([200, 402]);
    expect(costOf(rig)).toBeLessThanOrEqual(DOLLAR);
    expect(costOf(rig)).toBeGreaterThan(DOLLAR - 60 * NANO.output);
  });

  test(
    'spend at most what the running ones take above their reservations, where nothing bounds them',
    { timeout: 60_000 },
    async () => {
      await using rig = await rigOf(() => answerOf(900));
      const fetchLike = rig.gateway.fetchAs(KEY);
      const send = (): Promise<Response> => post(fetchLike, URL, { messages: MESSAGES });
      await inParallel(10_000, 200, async () => (await send()).arrayBuffer());
      await exhaust(send);
      expect(costOf(rig)).toBeGreaterThan(DOLLAR * 0.8);
      expect(costOf(rig)).toBeLessThanOrEqual(DOLLAR * 1.05);
    },
  );
});

test(
  'clients that leave and providers that fail leave nothing reserved, and sums that agree',
  { timeout: 60_000 },
  async () => {
    const piece = chunk({ delta: { content: 'word '.repeat(40) } });
    const usage = sse({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [],
      usage: { prompt_tokens: 8, completion_tokens: 40, total_tokens: 48 },
    });
    const chunks: Chunk[] = [
      piece,
      { data: piece, delay: 2 },
      { data: chunk({ finish: 'stop' }), delay: 2 },
      usage,
      'data: [DONE]\n\n',
    ];
    const stream: Reply = { headers: { 'content-type': 'text/event-stream' }, chunks };
    const endings: readonly Reply[] = [
      openaiError(500, 'No.'),
      { ...stream, chunks: [piece], end: 'fin' },
      { ...stream, chunks: [], end: 'fin' },
      { raw: 'no http' },
    ];
    await using rig = await rigOf((_request, n) =>
      n % 10 === 0 ? (endings[(n / 10) % endings.length] ?? stream) : stream,
    );
    const key: Principal = principalOf('ci', { budgets: [{ ...BUDGET, amountNano: 1000 * DOLLAR }] });
    const fetchLike = rig.gateway.fetchAs(key);
    await inParallel(600, 50, async (n) => {
      const cut = new AbortController();
      if (n % 10 < 3) setTimeout(() => cut.abort(), n % 7).unref();
      const body = { messages: MESSAGES, max_tokens: 100, stream: true };
      await post(fetchLike, URL, body, { signal: cut.signal })
        .then(
          (response) => response.text(),
          () => '',
        )
        .catch(() => '');
    });
    await rig.ended(599);
    const spent = costOf(rig);
    expect(spent).toBeGreaterThan(0);
    const { headers } = await post(fetchLike, URL, { messages: MESSAGES, model: 'b/free' });
    expect(headers.get('x-spillway-budget-remaining')).toBe(((1000 * DOLLAR - spent) / DOLLAR).toFixed(6));
  },
);
