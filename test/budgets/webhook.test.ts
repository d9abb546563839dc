import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { BudgetCrossed } from '../../src/domain/events.ts';
import { budgetWebhook } from '../../src/observe/budget-webhook.ts';
import { fakeClock } from '../helpers/clock.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

const CROSSED: BudgetCrossed = {
  kind: 'budget_crossed',
  owner: 'key',
  ownerId: 'key_1',
  ownerName: 'ci',
  tenant: 'acme',
  period: 'month',
  amountNano: 50e9,
  spentNano: 40_010_000_000,
  threshold: 'soft',
  resetsAt: 1_796_083_200_000,
};

/** A receiver that answers with these statuses, one after the other, and the last one again and again. */
async function receiver(statuses: number[]) {
  const received: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const piece of request) body += String(piece);
      received.push({ headers: request.headers, body });
      response.statusCode = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
      response.end();
      server.emit('taken');
    })();
  });
  const released = closing(server);
  const port = await listenOnLoopback(server);
  return { server, received, url: `http://127.0.0.1:${port}/budgets`, [Symbol.dispose]: released[Symbol.dispose] };
}

test('a crossed budget is posted with the secret, and again until the receiver takes it', async () => {
  using target = await receiver([500, 204]);
  const clock = fakeClock();
  const problems: string[] = [];
  const listen = budgetWebhook({
    webhook: () => ({ url: target.url, secret: 'a-secret' }),
    clock,
    signal: new AbortController().signal,
    onProblem: (message) => problems.push(message),
  });
  const first = once(target.server, 'taken');
  listen(CROSSED);
  await first;
  const second = once(target.server, 'taken');
  await expect.poll(() => clock.waiting()).toBe(1);
  clock.advance(1000);
  await second;
  expect(target.received).toHaveLength(2);
  expect(target.received[1]?.headers).toMatchObject({
    authorization: 'Bearer a-secret',
    'content-type': 'application/json',
  });
  expect(JSON.parse(target.received[1]?.body ?? '')).toEqual({
    type: 'budget_crossed',
    owner: { type: 'key', id: 'key_1', name: 'ci' },
    tenant: 'acme',
    period: 'month',
    threshold: 'soft',
    amount_usd: 50,
    spent_usd: 40.01,
    resets_at: 1_796_083_200_000,
  });
  expect(problems).toEqual([]);
});

test('a report that no receiver takes is a problem after four times, without the URL and the secret', async () => {
  using target = await receiver([503]);
  const clock = fakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const listen = budgetWebhook({
    webhook: () => ({ url: target.url, secret: 'a-secret' }),
    clock,
    signal: new AbortController().signal,
    onProblem: resolve,
  });
  listen(CROSSED);
  for (const wait of [1000, 5000, 25_000]) {
    await expect.poll(() => clock.waiting()).toBe(1);
    clock.advance(wait);
  }
  expect(await promise).toBe("budgets.webhook: the receiver answered 503; the report of key 'ci' was dropped");
  expect(target.received).toHaveLength(4);
});

test('without a webhook, and for other events, nothing is sent', () => {
  const listen = budgetWebhook({
    webhook: () => undefined,
    clock: fakeClock(),
    signal: new AbortController().signal,
    onProblem: expect.unreachable,
  });
  listen(CROSSED);
  listen({ kind: 'keys_refused', network: 'x', keys: 1 });
});
