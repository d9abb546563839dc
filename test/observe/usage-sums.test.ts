import { expect, test } from 'vitest';
import type { GatewayEvent, RequestFinished } from '../../src/domain/events.ts';
import type { OutcomeKind } from '../../src/domain/outcome.ts';
import type { TrailStep } from '../../src/domain/trail.ts';
import { createUsageSums } from '../../src/observe/usage-sums.ts';
import type { Increments } from '../../src/store/increments.ts';
import { HOUR_SUMS } from '../../src/store/usage-hours.ts';
import { finishedEvent } from '../helpers/finished.ts';

const DAY = 20_000;
const NOON = DAY * 86_400_000 + 43_200_000;

function sums(events: readonly Partial<RequestFinished>[], others: readonly GatewayEvent[] = []): Increments[] {
  const added: Increments[] = [];
  const { listener } = createUsageSums({ add: (increments) => void added.push(increments) }, new Map());
  const listen = listener((id) => id !== 'unknown');
  for (const event of events) listen(finishedEvent({ acceptedAt: NOON, totalMs: 10, ...event }));
  for (const event of others) listen(event);
  return added;
}

const rowOf = (event: Partial<RequestFinished>) => sums([event])[0]?.usage?.[0];

test('a request is a row of its day, key, chain and the entry that answered', () => {
  const usage = { input: 100, cachedInput: 40, output: 20, reasoning: 5, source: 'provider' as const };
  const cost = { nano: 1234, source: 'table' as const, approximate: false };
  expect(
    sums([
      {
        keyId: 'key_a',
        tenant: 'acme',
        chain: 'default',
        provider: 'groq',
        model: 'm',
        usage,
        usageSource: 'provider',
        cost,
      },
    ]),
  ).toMatchObject([
    {
      usage: [
        {
          day: DAY,
          tenant: 'acme',
          keyId: 'key_a',
          chain: 'default',
          provider: 'groq',
          model: 'm',
          requests: 1,
          inputTokens: 100,
          cachedInputTokens: 40,
          outputTokens: 20,
          reasoningTokens: 5,
          costNano: 1234,
          estimatedNano: 0,
          unknownCost: 0,
        },
      ],
      lastUsed: [{ keyId: 'key_a', at: NOON }],
    },
  ]);
});

test.each([
  ['an unknown cost', { cost: { nano: null, source: 'none', approximate: false } }, [0, 0, 1]],
  ['a cost of nothing', { cost: { nano: 0, source: 'configured', approximate: false } }, [0, 0, 0]],
  ['an approximate cost', { cost: { nano: 7, source: 'table', approximate: true } }, [7, 7, 0]],
  [
    'the cost of an estimated usage',
    { usageSource: 'estimated', cost: { nano: 7, source: 'table', approximate: false } },
    [7, 7, 0],
  ],
] satisfies [string, Partial<RequestFinished>, number[]][])('%s is counted as that', (_, event, expected) => {
  const row = rowOf(event);
  expect([row?.costNano, row?.estimatedNano, row?.unknownCost]).toEqual(expected);
});

const hourOf = (event: Partial<RequestFinished>) => {
  const { sums: of, ...labels } = sums([event])[0]!.hours![0]!;
  return {
    labels,
    sums: Object.fromEntries(HOUR_SUMS.map((name, index) => [name, of[index]]).filter(([, n]) => n !== 0)),
  };
};
const step = (outcome: OutcomeKind, provider = 'groq'): TrailStep => ({ provider, model: 'm', outcome });

test('each attempt that was sent is a cell of the hour in which its request ended, and a skipped entry is none', () => {
  const trail = [step('skipped'), step('throttled'), step('cancelled', 'a\n'), step('answered', 'local')];
  const startedBefore = { acceptedAt: NOON - 5, totalMs: 10 };
  const cell = { hour: NOON / 3_600_000, model: 'm', attempts: 1 };
  expect(sums([{ trail, ...startedBefore }])[0]?.attempts).toEqual([
    { ...cell, provider: 'groq', outcome: 'throttled' },
    { ...cell, provider: 'a ', outcome: 'cancelled' },
    { ...cell, provider: 'local', outcome: 'answered' },
  ]);
  const unserved = { chain: undefined, keyId: 'unknown', trail };
  expect(sums([unserved])).toEqual([]);
});

test('a request is a cell of its hour and code, with its attempts and its times', () => {
  expect(
    hourOf({
      stream: true,
      committedMs: 240,
      totalMs: 700_000,
      trail: [step('skipped'), step('throttled'), step('answered', 'a')],
      usage: { input: 3, output: 4, source: 'provider' },
      cost: { nano: 9, source: 'table', approximate: false },
    }),
  ).toEqual({
    labels: { hour: DAY * 24 + 12, tenant: 't', chain: 'default', provider: 'a', model: 'm', code: 'ok' },
    sums: {
      requests: 1,
      streams: 1,
      attempts: 2,
      failovers: 1,
      input_tokens: 3,
      output_tokens: 4,
      cost_nano: 9,
      total_ms: 700_000,
      first_token_3: 1,
      duration_13: 1,
    },
  });
  const failed = { provider: undefined, model: undefined, code: 'all_providers_exhausted', trail: [step('throttled')] };
  expect(hourOf(failed)).toMatchObject({
    labels: { provider: '', code: failed.code },
    sums: { attempts: 1, duration_0: 1 },
  });
  expect(hourOf(failed).sums).not.toHaveProperty('failovers');
});

test('the day is that of the end, in UTC', () => {
  const last = (DAY + 1) * 86_400_000 - 5;
  expect(rowOf({ acceptedAt: last, totalMs: 4 })?.day).toBe(DAY);
  expect(rowOf({ acceptedAt: last, totalMs: 5 })?.day).toBe(DAY + 1);
});

test('a request without a chain is the use of its key, and in no sum; a use is reported once a minute', () => {
  const added = sums([{ chain: undefined }, { chain: undefined }, { chain: undefined, acceptedAt: NOON + 60_000 }]);
  expect(added).toEqual([{ lastUsed: [{ keyId: 'k', at: NOON }] }, { lastUsed: [{ keyId: 'k', at: NOON + 60_000 }] }]);
  expect(sums([], [{ kind: 'raw_face_hidden', requestId: 'r', operation: 'o' }])).toEqual([]);
});

test('the use of what is no key is not kept, and its requests are in the sums', () => {
  const added = sums([{ keyId: 'unknown' }, { keyId: 'unknown', chain: undefined }]);
  expect(added).toEqual([
    { usage: [expect.objectContaining({ keyId: 'unknown' })], hours: [expect.anything()], attempts: [], lastUsed: [] },
  ]);
});

test('what a database would refuse is taken out: control characters, half characters, counts that are no whole numbers', () => {
  const usage = { input: 1.6, output: 1e300, source: 'provider' as const };
  const row = rowOf({ model: `a\0b\ud800${'x'.repeat(1000)}`, keyId: 'k\n', usage });
  expect(row).toMatchObject({ keyId: 'k ', inputTokens: 2, outputTokens: 1e9 });
  expect(row?.model.slice(0, 4)).toBe('a b\ufffd');
  expect(row?.model).toHaveLength(256);
});

test('models that clients name share one row beyond the bound', () => {
  const rows = sums(Array.from({ length: 10_500 }, (_, n) => ({ model: `m${n}` }))).flatMap(({ usage = [] }) => usage);
  expect(new Set(rows.map(({ model }) => model)).size).toBe(10_001);
});

test('the newest use of a key is known to the minute, and that of an earlier process before its first', () => {
  const { listener, lastUsedAt } = createUsageSums({ add: () => undefined }, new Map([['key_b', 60_000]]));
  const listen = listener(() => true);
  expect(lastUsedAt('key_a')).toBeUndefined();
  listen(finishedEvent({ keyId: 'key_a', acceptedAt: NOON + 61_000, totalMs: 10 }));
  expect([lastUsedAt('key_a'), lastUsedAt('key_b')]).toEqual([NOON + 60_000, 60_000]);
});
