import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { duration } from '../../src/config/units.ts';
import type { EntryState } from '../../src/domain/limit-list.ts';
import { type LimitSource, WINDOW_NAMES } from '../../src/domain/limits.ts';
import { type Failure, kindOf } from '../../src/domain/outcome.ts';
import type { Reading, ReadingClass } from '../../src/domain/reading.ts';
import { createFailureEffects } from '../../src/limits/failure-effects.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import type { Cooldown } from '../../src/state/limit-state.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { PASSES } from '../bench/simulation/passes.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { targetOf } from '../helpers/target.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = readFileSync(join(root, 'docs', 'limits.md'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The rows of the table with this header, as cells without their backticks. */
function table(head: string): string[][] {
  const [, body = ''] = docs.split(`\n| ${head} |`);
  const lines = body.slice(0, body.indexOf('\n\n')).split('\n').slice(2);
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}
const firstOf = (head: string): string[] => table(head).map(([first = '']) => first);

test('docs/limits.md lists every limit that can be configured, and no other', () => {
  expect(
    firstOf('limit | counts')
      .flatMap((cell) => cell.split(', '))
      .toSorted(),
  ).toEqual([...WINDOW_NAMES, 'concurrency'].toSorted());
});

test('docs/limits.md lists every source of a limit and every state of an entry, and no other', () => {
  // Typed, so that a new member does not compile until it is listed.
  const sources: Record<LimitSource, true> = { configured: true, learned: true, observed: true };
  const states: Record<EntryState, true> = {
    ready: true,
    limited: true,
    cooling_down: true,
    failing: true,
    refusing: true,
  };
  expect(firstOf('source | from')).toEqual(Object.keys(sources));
  expect(firstOf('state | means')).toEqual(Object.keys(states));
});

test('the example of docs/limits.md has every key of limits, models, queues and retries', () => {
  const chain = configSchema.shape.chains.valueType.shape;
  const provider = configSchema.shape.providers.valueType.shape;
  const model = provider.models.unwrap().valueType.unwrap().shape;
  const keys = [
    ...Object.keys(model),
    ...Object.keys(chain.queue.unwrap().shape),
    ...Object.keys(chain.retry.unwrap().shape),
    'apiKeys',
    'limits',
    'policy',
    'queue',
    'retry',
    'lastResort',
    ...chain.policy.unwrap().options,
  ];
  const [, example = ''] = /^```yaml\n(.*?)^```/ms.exec(docs) ?? [];
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(example))).toEqual([]);
});

test('the README names the limit settings of chains and providers', () => {
  for (const key of ['limits', 'apiKeys', 'contextTokens', 'policy', 'queue', 'retry', 'lastResort'])
    expect(readme).toMatch(new RegExp(`\\b${key}:`));
  expect(readme).toContain('(docs/limits.md)');
});

describe('documented cooldowns', () => {
  const CLASSES: Readonly<Record<string, ReadingClass>> = {
    'rate limit': 'rate_limited',
    'daily quota': 'quota_day',
    billing: 'no_money',
    'rejected key': 'auth',
    'unknown model': 'model_gone',
  };
  const rows = table('refusal | cools down | for');

  test('every class of refusal that causes a cooldown has its row', () => {
    expect(rows.map(([first]) => first)).toEqual(Object.keys(CLASSES));
  });

  test.each(rows)('a refusal for %s cools down %s for %s', (name, what, text) => {
    const clock = fakeClock();
    const cooled: { readonly key: string; readonly wait: number }[] = [];
    const state = {
      ...createMemoryState(clock),
      cool: (key: string, { retryAt }: Cooldown) => void cooled.push({ key, wait: retryAt - clock.now() }),
    };
    const effects = createFailureEffects(state, clock);
    const target = targetOf();
    const readAs = CLASSES[name ?? ''] ?? 'server';
    const error = { message: 'no', type: null, param: null, code: null };
    const scope = readAs === 'no_money' || readAs === 'auth' ? 'key' : 'model';
    const reading = { class: readAs, scope, status: 429, error, observed: [], matchedText: [] } as const;
    const failure: Failure = { kind: kindOf({ class: readAs, status: 429 }), message: 'no', reading };
    for (let n = 0; n < 9; n++) {
      effects.apply(target, failure, callOf({ input: HELLO }));
      clock.advance(cooled.at(-1)?.wait ?? 0);
    }
    const waits = cooled.map(({ wait }) => wait);
    const documented = [...(text ?? '').matchAll(/\b\d+[smh]\b/g)].map(([each]) => duration.parse(each));
    expect([waits[0], ...(waits.at(-1) === waits[0] ? [] : [waits.at(-1)])]).toEqual(documented);
    expect(new Set(cooled.map(({ key }) => (key === target.account ? 'the account' : 'the model')))).toEqual(
      new Set([what]),
    );
  });
});

test.each(table('limit that was met | recognised by | outcome | longest hint'))(
  'a hint for a limit (%s, by %s) is %s for the documented time',
  (name = '', _, outcome, text = '') => {
    const written = [...text.matchAll(/\b(\d+)([shd])\b/g)];
    // The longest setting of the configuration is 24 days.
    const [longest = 0, shortest = 1] = written.map(([each, days, unit]) =>
      unit === 'd' ? Number(days) * duration.parse('24h') : duration.parse(each),
    );
    // Typed, so that a new period does not compile until it is listed.
    const periods: Record<NonNullable<Reading['quotaPeriod']>, string> = {
      week: 'week',
      month: 'quota of an unknown period',
    };
    const quotaPeriod = name === periods.week ? 'week' : name === periods.month ? 'month' : undefined;
    const kind = name === 'rate' ? 'rate_limited' : name === 'month, billing' ? 'no_money' : 'quota_day';
    expect(kindOf({ class: kind, status: 429 })).toBe(outcome);
    const waits = [1, longest, longest + 1].map((hint) => {
      const clock = fakeClock();
      const state = createMemoryState(clock);
      const target = targetOf();
      const error = { message: 'no', type: null, param: null, code: null };
      const reading = {
        class: kind,
        quotaPeriod,
        scope: 'model',
        status: 429,
        error,
        observed: [],
        matchedText: [],
      } as const;
      const failure: Failure = {
        kind: kindOf(reading),
        message: 'no',
        reading: { ...reading, retryAt: clock.now() + hint },
      };
      createFailureEffects(state, clock).apply(target, failure, callOf({ input: HELLO }));
      return (state.status(target).cooldown?.retryAt ?? 0) - clock.now();
    });
    expect(waits).toEqual([shortest, longest, longest]);
  },
);

test('the circuit breaker opens after the documented number of failures, for the documented time', () => {
  const [, failures, first, longest] = /After `(\d+)` failures.*?for `(\w+)`.*?up to `(\w+)`/s.exec(docs) ?? [];
  const clock = fakeClock();
  const state = createMemoryState(clock);
  const candidate = { target: targetOf(), tokens: 1, lease: 1000 };
  const fail = (): void => {
    const take = state.take([candidate]);
    if (take instanceof Promise) throw new Error('In-memory state must answer synchronously.');
    take.hold?.settle('failed', 0);
  };
  const openFor = (): number => {
    const obstacle = state.look(candidate);
    return obstacle?.kind === 'breaker_open' && obstacle.retryAt !== undefined ? obstacle.retryAt - clock.now() : 0;
  };
  for (let n = 1; n < Number(failures); n++) fail();
  expect(openFor()).toBe(0);
  fail();
  expect(openFor()).toBe(duration.parse(first));
  for (let n = 0; n < 12; n++) {
    clock.advance(openFor());
    fail();
  }
  expect(openFor()).toBe(duration.parse(longest));
});

test('the documented answer of GET /v1/limits has the members of a real one', async () => {
  const [, printed = ''] = /^```json\n(.*?)^```/ms.exec(docs) ?? [];
  await using rig = await startRig([chatCompletion({ content: 'ok' })], {
    provider: { limits: { requestsPerMinute: 30 } },
  });
  await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  const real: unknown = await (await fetch(`${rig.url}/v1/limits`)).json();
  expect(membersOf(JSON.parse(printed))).toEqual(membersOf(real));
});

/** The names of all members; a list is represented by its first item. */
function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return [membersOf(value[0])];
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, membersOf(each)]));
}

test('the documented simulated day has every pass', () => {
  const [, printed = ''] = /## A simulated day.*?^```\n(.*?)^```/ms.exec(docs) ?? [];
  for (const { name } of PASSES) expect(printed).toMatch(new RegExp(`^${name}  `, 'm'));
  expect(printed).toContain('no avoidable 429');
});
