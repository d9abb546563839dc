import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createDelivery, type Delivery, type DeliveryLimits } from '../../src/observe/otlp/delivery.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

const LIMITS: DeliveryLimits = { batch: 3, waiting: 10, bytes: 100, delayMs: 1000, closeMs: 500 };

/** What a collector answers: a status, with headers; undefined for nothing at all, `close` for the end of the connection. */
type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>] | 'close' | undefined;

interface Setting extends AsyncDisposable {
  readonly delivery: Delivery<string>;
  readonly clock: FakeClock;
  /** The bodies that the collector got. */
  readonly bodies: string[];
  readonly problems: string[];
  /** The number of connections to the collector. */
  readonly connections: () => number;
  /** The number of timers that were set. */
  readonly timers: () => number;
  /** Advances the clock until the delivery has sent something and knows the answer. */
  readonly sendAfter: (ms: number) => Promise<void>;
}

/** A delivery to a collector that gives these answers, then 200. */
async function start(answers: Answer[] = [], limits: Partial<DeliveryLimits> = {}): Promise<Setting> {
  const bodies: string[] = [];
  const problems: string[] = [];
  let connections = 0;
  let timers = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    bodies.push(body);
    const answer = answers.length === 0 ? ([200] as const) : answers.shift();
    if (answer === 'close') request.socket.destroy();
    else if (answer !== undefined) response.writeHead(answer[0], answer[1]).end('{"partialSuccess":{}}');
  });
  server.on('connection', () => connections++);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/v1/things`;
  const clock = fakeClock();
  const delivery = createDelivery<string>({
    section: 'things',
    items: 'parts',
    limits: { ...LIMITS, ...limits },
    url: () => url,
    encode: (parts) => parts.map((part, n) => Buffer.from(n === 0 ? part : ` ${part}`)),
    clock: {
      now: () => clock.now(),
      timer(ms, callback) {
        timers++;
        return clock.timer(ms, callback);
      },
    },
    onProblem: (message) => void problems.push(message),
  });
  return {
    delivery,
    clock,
    bodies,
    problems,
    connections: () => connections,
    timers: () => timers,
    async sendAfter(ms) {
      const before = JSON.stringify([delivery.counters, problems.length, bodies.length]);
      clock.advance(ms);
      await expect.poll(() => JSON.stringify([delivery.counters, problems.length, bodies.length])).not.toBe(before);
    },
    async [Symbol.asyncDispose]() {
      await delivery[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('parts wait for the delay, and a full batch does not', async () => {
  await using setting = await start();
  const { delivery, bodies, clock } = setting;
  delivery.add('a');
  clock.advance(999);
  expect(bodies).toEqual([]);
  await setting.sendAfter(1);
  for (const part of ['b', 'c', 'd', 'e']) delivery.add(part);
  await setting.sendAfter(0);
  await expect.poll(() => delivery.counters.sent).toBe(4);
  // What the batch had no room for waits again.
  await expect.poll(() => clock.waiting()).toBe(1);
  await setting.sendAfter(1000);
  await expect.poll(() => delivery.counters).toEqual({ sent: 5, dropped: 0 });
  expect(bodies).toEqual(['a', 'b c d', 'e']);
  expect(setting.connections()).toBe(1);
});

test('a part sets no timer where one is set, so that it does not put off the sending of those before it', async () => {
  await using setting = await start([], { waiting: 100 });
  setting.delivery.add('x');
  setting.delivery.add('x');
  expect(setting.timers()).toBe(1);
  for (let n = 0; n < 50; n++) setting.delivery.add('x');
  expect(setting.timers()).toBe(2);
});

test('a part counts as many items as it has, and a batch ends with the one that fills it', async () => {
  await using setting = await start();
  setting.delivery.add('a', 2);
  setting.delivery.add('b', 4);
  setting.delivery.add('c', 1);
  await setting.sendAfter(0);
  await expect.poll(() => setting.delivery.counters.sent).toBe(6);
  expect(setting.bodies).toEqual(['a b']);
});

test.each<[string, readonly (readonly [number, number])[], number]>([
  [
    'items',
    [
      [6, 0],
      [4, 0],
      [1, 0],
    ],
    1,
  ],
  [
    'bytes',
    [
      [1, 60],
      [1, 41],
      [1, 40],
    ],
    1,
  ],
])('what exceeds the %s that may wait is dropped, counted and reported', async (_, parts, dropped) => {
  await using setting = await start();
  for (const [items, bytes] of parts) setting.delivery.add('x', items, bytes);
  expect(setting.delivery.counters.dropped).toBe(dropped);
  expect(setting.problems).toEqual([`things: too many parts wait; ${dropped} parts were dropped since the start`]);
});

test('what was sent makes room for more', async () => {
  await using setting = await start([], { waiting: 3 });
  for (let round = 1; round <= 3; round++) {
    setting.delivery.add('x', 3, 100);
    await setting.sendAfter(0);
    await expect.poll(() => setting.delivery.counters).toEqual({ sent: 3 * round, dropped: 0 });
  }
});

test.each([429, 502, 503, 504])('after a %d the same is sent again, when the collector asks for it', async (status) => {
  await using setting = await start([[status, { 'retry-after': '7' }], [status]]);
  const { delivery, clock, bodies, problems } = setting;
  delivery.add('a');
  await setting.sendAfter(1000);
  await expect.poll(() => clock.waiting()).toBe(1);
  delivery.add('b', 3);
  clock.advance(6999);
  expect(bodies).toEqual(['a']);
  await setting.sendAfter(1);
  // Without the header after a pause that grows.
  await expect.poll(() => clock.waiting()).toBe(1);
  clock.advance(4999);
  expect(bodies).toEqual(['a', 'a b']);
  await setting.sendAfter(1);
  await expect.poll(() => delivery.counters).toEqual({ sent: 4, dropped: 0 });
  expect(problems).toEqual([`things: the collector answered ${status}; parts wait and are sent later`]);
});

test('a connection that the collector has closed while it was idle is no failure', async () => {
  await using setting = await start([[200], 'close']);
  for (const part of ['a', 'b']) {
    setting.delivery.add(part);
    await setting.sendAfter(1000);
  }
  await expect.poll(() => setting.delivery.counters).toEqual({ sent: 2, dropped: 0 });
  expect([setting.bodies, setting.problems, setting.connections()]).toEqual([['a', 'b', 'b'], [], 2]);
});

test('a new connection that the collector closes is a failure', async () => {
  await using setting = await start(['close']);
  setting.delivery.add('a');
  await setting.sendAfter(1000);
  await expect
    .poll(() => setting.problems)
    .toEqual(['things: no connection to the collector; parts wait and are sent later']);
  await expect.poll(() => setting.clock.waiting()).toBe(1);
  await setting.sendAfter(1000);
  await expect.poll(() => setting.delivery.counters.sent).toBe(1);
});

test('a pause that a collector asks for has a bound', async () => {
  await using setting = await start([[503, { 'retry-after': '86400' }]]);
  setting.delivery.add('a');
  await setting.sendAfter(1000);
  await expect.poll(() => setting.clock.waiting()).toBe(1);
  await setting.sendAfter(5 * 60_000);
  await expect.poll(() => setting.delivery.counters.sent).toBe(1);
});

test.each([400, 401, 404, 500])('after a %d the same is not sent again', async (status) => {
  await using setting = await start([[status]]);
  setting.delivery.add('a');
  await setting.sendAfter(1000);
  await expect.poll(() => setting.delivery.counters).toEqual({ sent: 0, dropped: 1 });
  expect(setting.problems).toEqual([`things: the collector answered ${status}; 1 parts were dropped since the start`]);
  setting.delivery.add('b');
  await setting.sendAfter(1000);
  await expect.poll(() => setting.delivery.counters).toEqual({ sent: 1, dropped: 1 });
});

test('the end sends what waits, in as many batches as it takes', async () => {
  await using setting = await start();
  for (let n = 0; n < 9; n++) setting.delivery.add(String(n));
  await setting.delivery[Symbol.asyncDispose]();
  expect(setting.bodies).toEqual(['0 1 2', '3 4 5', '6 7 8']);
  expect(setting.problems).toEqual([]);
  // What comes after it is counted, and sets no timer.
  setting.delivery.add('late');
  expect([setting.delivery.counters, setting.clock.waiting()]).toEqual([{ sent: 9, dropped: 1 }, 0]);
});

test.each<[string, Answer[], string[], Delivery<string>['counters']]>([
  ['again', [[503]], ['a b c', 'a b c', 'd'], { sent: 4, dropped: 0 }],
  ['not yet', [[503], [503]], ['a b c', 'a b c'], { sent: 0, dropped: 4 }],
])('the end tries a collector once more that has failed, and answers %s', async (_, answers, bodies, counters) => {
  await using setting = await start(answers);
  for (const part of ['a', 'b', 'c', 'd']) setting.delivery.add(part);
  await setting.sendAfter(0);
  await expect.poll(() => setting.clock.waiting()).toBe(1);
  await setting.delivery[Symbol.asyncDispose]();
  expect([setting.bodies, setting.delivery.counters]).toEqual([bodies, counters]);
});

test('the end waits for a silent collector for as long as its limit says', async () => {
  await using setting = await start([undefined]);
  for (let n = 0; n < 9; n++) setting.delivery.add(String(n));
  const ended = setting.delivery[Symbol.asyncDispose]();
  await expect.poll(() => setting.bodies.length).toBe(1);
  setting.clock.advance(LIMITS.closeMs);
  await ended;
  expect(setting.problems).toEqual(['things: the collector is silent; 9 parts were dropped since the start']);
});

test('drops are reported once a minute', async () => {
  await using setting = await start();
  const drop = (): void => setting.delivery.add('x', 11);
  drop();
  setting.clock.advance(59_999);
  drop();
  setting.clock.advance(1);
  drop();
  expect(setting.problems.map((problem) => /; (\d+) parts/.exec(problem)?.[1])).toEqual(['11', '33']);
});
