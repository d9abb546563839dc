import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addsUp, costLines, sourceWords } from '../../../../dashboard/pages/requests/cost-lines.ts';
import { failoverUsd, nanoOf, pricesOf } from '../../../../dashboard/pages/requests/failover-cost.ts';
import { pictureOf } from '../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { makeFailover, makeRecord, makeSkipped, makeStep } from './record.ts';

const PRICES = pricesOf([
  { provider: 'openai', model: 'gpt-4.1-mini', price: { input: 0.4, output: 1.6, source: 'table' } },
  { provider: 'groq', model: 'llama-3.3-70b', price: { input: 0.59, output: 0.79, source: 'table' } },
  { provider: 'local', model: 'qwen3', price: null },
]);

test('failover costs what the same tokens would not have cost at entry 1', () => {
  const record = makeFailover();
  // 1204 x 0.59 + 486 x 0.79 = 1094.30 billionths of a thousand; the answer cost 1259.2.
  expect(failoverUsd(record, pictureOf(record), PRICES)).toBeCloseTo(0.0012592 - 0.0010943, 9);
});

test('a cheaper entry makes it negative', () => {
  const record = makeFailover({ cost_usd: 0.001 });
  expect(failoverUsd(record, pictureOf(record), PRICES)).toBeCloseTo(0.001 - 0.0010943, 9);
});

test.each([
  ['the price of entry 1 is unknown', makeFailover(), new Map()],
  ['the cost is unknown', makeFailover({ cost_usd: null }), PRICES],
  ['nothing was counted', makeFailover({ usage: null }), PRICES],
  ['entry 1 has answered', makeRecord({ cost_usd: 1, usage: makeFailover().usage }), PRICES],
])('what failover cost is unknown where %s', (_, record, prices) => {
  expect(failoverUsd(record, pictureOf(record), prices)).toBeNull();
});

test('what failover cost is unknown where tokens have a price of their own', () => {
  const { usage } = makeFailover();
  const record = makeFailover({ usage: usage && { ...usage, cached_input_tokens: 100 } });
  expect(failoverUsd(record, pictureOf(record), PRICES)).toBeNull();
});

test('a cost is shown in parts where today’s prices add up to it', () => {
  const record = makeFailover();
  const lines = costLines(pictureOf(record).steps, PRICES);
  expect(lines.map(({ kind, tokens, perMillion, costUsd }) => [kind, tokens, perMillion, costUsd])).toEqual([
    ['rate limited', 0, null, 0],
    ['input', 1204, 0.4, 0.0004816],
    ['output', 486, 1.6, 0.0007776],
  ]);
  expect(addsUp(lines, record)).toBe(true);
});

test('a cost by other prices than today’s is one line', () => {
  const [, line] = costLines(pictureOf(makeFailover()).steps, pricesOf([]));
  expect(line).toMatchObject({ kind: 'input and output', tokens: 1690, perMillion: null, costUsd: 0.0012592 });
});

test('an unknown cost is no zero', () => {
  const record = makeRecord({
    trail: [makeStep({ outcome: 'silent' }), makeStep({ input_tokens: 5, started_ms: 100 })],
  });
  expect(costLines(pictureOf(record).steps, PRICES).map(({ costUsd }) => costUsd)).toEqual([null, null]);
  expect(addsUp([], record)).toBe(false);
});

test('a skipped entry has no line', () => {
  expect(costLines(pictureOf(makeRecord({ trail: [makeSkipped()] })).steps, PRICES)).toEqual([]);
});

test('many attempts that have used nothing share a line', () => {
  const failed = Array.from({ length: 4 }, (_, at) =>
    makeStep({ model: `m${at}`, outcome: 'overloaded', started_ms: at }),
  );
  const record = makeRecord({
    cost_usd: 0.5,
    trail: [...failed, makeStep({ input_tokens: 9, cost_usd: 0.5, started_ms: 9 })],
  });
  const lines = costLines(pictureOf(record).steps, PRICES);
  expect(lines.map(({ kind, costUsd }) => [kind, costUsd])).toEqual([
    ['4 attempts that used nothing', 0],
    ['input', 0.5],
  ]);
  expect(addsUp(lines, record)).toBe(true);
});

test('lines that lack an attempt do not add up', () => {
  const record = makeFailover({ cost_usd: 0.0022592, trail_omitted: 3 });
  expect(addsUp(costLines(pictureOf(record).steps, PRICES), record)).toBe(false);
});

test('the parts of any usage at its prices add up to its cost', () => {
  const tokens = fc.integer({ min: 0, max: 2_000_000 });
  const price = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(tokens, tokens, price, price, (input, output, perInput, perOutput) => {
      const cost = (nanoOf(input, perInput) + nanoOf(output, perOutput)) / 1e9;
      const trail = [makeStep({ input_tokens: input, output_tokens: output, cost_usd: cost })];
      const record = makeRecord({ trail, cost_usd: cost });
      const prices = pricesOf([
        { provider: 'openai', model: 'gpt-4.1-mini', price: { input: perInput, output: perOutput, source: 'table' } },
      ]);
      const lines = costLines(pictureOf(record).steps, prices);
      expect(lines).toHaveLength(2);
      expect(addsUp(lines, record)).toBe(true);
    }),
  );
});

test('the total says how it was counted', () => {
  const { usage } = makeFailover();
  const facts = { usage, cost_source: 'configured', cost_approximate: false } as const;
  expect(sourceWords(facts)).toBe('as the provider counted');
  expect(sourceWords({ ...facts, cost_source: 'provider', cost_approximate: true })).toBe(
    'as the provider counted, cost as the provider reported it, approximate',
  );
  expect(sourceWords({ ...facts, usage: usage && { ...usage, source: 'estimated' } })).toBe('tokens estimated');
  expect(sourceWords({ ...facts, usage: null })).toBe('nothing counted');
});
