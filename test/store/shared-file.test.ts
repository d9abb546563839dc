import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DayReset, PLAIN_RULES } from '../../src/domain/limits.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import type { LimitState } from '../../src/state/limit-state.ts';
import { keepLimits } from '../../src/store/keep-limits.ts';
import { chatCompletion, openaiError, startScriptedUpstream } from '../../src/testing/index.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { open, temporaryFolder } from '../helpers/store.ts';
import { targetOf } from '../helpers/target.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-06-15T00:30:00Z');

interface Process extends AsyncDisposable {
  readonly state: LimitState;
  readonly clock: FakeClock;
  /** Advances its clock to `time` and waits for the save that this triggers. */
  until(time: number): Promise<void>;
}

/** Starts one of the processes that keep their limits in `file`. */
async function start(file: string, now = START): Promise<Process> {
  const clock = fakeClock(now);
  const state = createMemoryState(clock);
  const store = await open(file);
  const problems: string[] = [];
  const kept = await keepLimits({ store, state, clock, onProblem: (message) => problems.push(message) });
  return {
    state,
    clock,
    async until(time) {
      clock.advance(time - clock.now());
      await store.limits.load(time);
    },
    async [Symbol.asyncDispose]() {
      await kept[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      expect(problems).toEqual([]);
    },
  };
}

function dailyTarget(account: string, day: DayReset) {
  return targetOf({
    account,
    rules: { ...PLAIN_RULES, day },
    limits: { requestsPerDay: 1e6, tokensPerDay: 1e9 },
  });
}

async function count(state: LimitState, target: ReturnType<typeof targetOf>, tokens: number): Promise<void> {
  const { hold } = await state.take([{ target, tokens, lease: MINUTE }]);
  hold?.settle('healthy', tokens);
}

async function send(gateway: Gateway): Promise<string | null> {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return response.headers.get('x-spillway-provider');
}

test('two gateways on one file keep the rows of both', async () => {
  using folder = temporaryFolder();
  const spent = openaiError(429, 'Rate limit reached on requests per day (RPD): Limit 5, Used 5. Try again in 3h.');
  const upstream = (reply: typeof spent) => startScriptedUpstream({ script: reply });
  await using a = await upstream(spent);
  await using b = await upstream(spent);
  await using c = await upstream(chatCompletion({ content: 'ok' }));
  const clock = fakeClock(START);
  const gatewayOf = (entries: readonly string[]): Promise<Gateway> =>
    createGateway(
      {
        providers: {
          a: { baseUrl: a.baseUrl, apiKey: 'key-of-a' },
          b: { baseUrl: b.baseUrl, apiKey: 'key-of-b' },
          c: { baseUrl: c.baseUrl, apiKey: 'key-of-c' },
        },
        chains: { default: { entries: [...entries] } },
        store: { url: `sqlite:${folder.file}` },
      },
      { clock, environment: {} },
    );
  {
    await using one = await gatewayOf(['a/m', 'c/m']);
    await using two = await gatewayOf(['b/m', 'c/m']);
    expect([await send(one), await send(two)]).toEqual(['c', 'c']);
  }
  await using next = await gatewayOf(['a/m', 'b/m', 'c/m']);
  expect(await send(next)).toBe('c');
  expect([a.hits.length, b.hits.length]).toEqual([1, 1]);
});

test('requests and tokens of several processes add up, across any saves and restarts', async () => {
  const step = fc.record({
    process: fc.nat(2),
    account: fc.constantFrom('a', 'b'),
    tokens: fc.integer({ min: 1, max: 1000 }),
    wait: fc.integer({ min: 0, max: 30 }).map((minutes) => minutes * MINUTE),
    restarts: fc.nat(4).map((n) => n === 0),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom<DayReset>('rolling', 'UTC'),
      async (steps, day) => {
        using folder = temporaryFolder();
        const processes = [await start(folder.file), await start(folder.file), await start(folder.file)];
        const counted = { a: [0, 0], b: [0, 0] };
        let now = START;
        for (const { process, account, tokens, wait, restarts } of steps) {
          now += wait;
          const running = processes[process] ?? (await start(folder.file));
          await running.until(now);
          await count(running.state, dailyTarget(account, day), tokens);
          const [requests = 0, all = 0] = counted[account];
          counted[account] = [requests + 1, all + tokens];
          if (!restarts) continue;
          await running[Symbol.asyncDispose]();
          processes[process] = await start(folder.file, now);
        }
        for (const running of processes) await running[Symbol.asyncDispose]();
        await using last = await start(folder.file, now);
        const used = (account: string) =>
          last.state.status(dailyTarget(account, day)).windows.map((window) => window.used);
        expect({ a: used('a'), b: used('b') }).toEqual(counted);
      },
    ),
    // Each run starts four threads or more, and a save that loses a count is found by the first few.
    { numRuns: 5 },
  );
});

test('a reload deletes the cooldowns of rejected keys from the file, saved or loaded, and no others', async () => {
  using folder = temporaryFolder();
  const cooldown = { retryAt: START + HOUR, lasting: true };
  {
    await using first = await start(folder.file);
    first.state.cool('saved', { ...cooldown, reason: 'unauthorised' });
    first.state.cool('other', { ...cooldown, reason: 'exhausted' });
  }
  {
    await using second = await start(folder.file);
    second.state.cool('own', { ...cooldown, reason: 'unauthorised' });
    await second.until(START + 1000);
    second.state.forget(['unauthorised']);
  }
  await using third = await start(folder.file);
  expect(third.state.lasting().cooldowns).toEqual([{ key: 'other', ...cooldown, reason: 'exhausted' }]);
});

test('the next process restores the longer of two cooldowns of one account', async () => {
  using folder = temporaryFolder();
  const cooldown = { lasting: true, reason: 'exhausted' } as const;
  {
    await using one = await start(folder.file);
    await using two = await start(folder.file);
    one.state.cool('acc', { ...cooldown, retryAt: START + 2 * HOUR });
    two.state.cool('acc', { ...cooldown, retryAt: START + HOUR });
    await one.until(START + 1000);
    await two.until(START + 1000);
  }
  await using next = await start(folder.file);
  expect(next.state.lasting().cooldowns).toEqual([{ key: 'acc', ...cooldown, retryAt: START + 2 * HOUR }]);
});

test('counts that the provider reports to both processes are not added up', async () => {
  using folder = temporaryFolder();
  const target = dailyTarget('acc', 'UTC');
  {
    await using one = await start(folder.file);
    await using two = await start(folder.file);
    for (const [index, { state }] of [one, two].entries()) {
      const { hold } = await state.take([{ target, tokens: 1, lease: MINUTE }]);
      hold?.replied([{ window: 'requestsPerDay', limit: 1000, remaining: 400 - index }]);
      hold?.settle('healthy', 1);
    }
  }
  await using next = await start(folder.file);
  const [requests] = next.state.status(target).windows;
  expect(requests?.limit).toBe(1000);
  expect(Math.abs((requests?.used ?? 0) - 600)).toBeLessThan(5);
});

test('expired rows of a dead process are deleted when another process saves', async () => {
  using folder = temporaryFolder();
  const cooldown = { lasting: true, reason: 'exhausted' } as const;
  {
    await using dead = await start(folder.file);
    dead.state.cool('acc', { ...cooldown, retryAt: START + HOUR });
    await count(dead.state, dailyTarget('acc', 'rolling'), 1);
  }
  {
    await using next = await start(folder.file, START + 25 * HOUR);
    next.state.cool('own', { ...cooldown, retryAt: START + 30 * HOUR });
  }
  await using store = await open(folder.file);
  expect(await store.limits.load(0)).toEqual({
    cooldowns: [{ key: 'own', ...cooldown, retryAt: START + 30 * HOUR }],
    windows: [],
  });
});
