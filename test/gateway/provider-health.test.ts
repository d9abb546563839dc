import { expect, test } from 'vitest';
import type { ProviderHealth } from '../../src/domain/provider-health.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Snapshot } from '../../src/domain/chain.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createActiveConfig } from '../../src/config/active-config.ts';
import { providerHealth } from '../../src/gateway/provider-health.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { AttemptCell } from '../../src/store/attempt-hours.ts';
import { createBatches } from '../../src/store/write-batches.ts';
import { fakeClock } from '../helpers/clock.ts';
import { principalOf } from '../helpers/principal.ts';
import { batchOf } from '../helpers/records.ts';
import { NOW } from '../helpers/store.ts';

const HOUR = NOW / 3_600_000;
const OPERATOR = principalOf('ops', { role: 'viewer' });

function cell(attempts: number, members: Partial<AttemptCell> = {}): AttemptCell {
  return { hour: HOUR, provider: 'groq', model: 'llama', outcome: 'answered', attempts, ...members };
}

const CONFIG: ConfigInput = {
  providers: {
    groq: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none', models: { llama: {}, '*': {} } },
    local: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' },
  },
  chains: { default: { entries: ['groq/llama'] }, own: { entries: ['local/qwen'] } },
};
const clock = fakeClock(NOW);

function snapshotOf(input: ConfigInput): Snapshot {
  const parsed = parseConfig(input, {});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return createActiveConfig(parsed.config, { source: 'a test', clock, keySources: [], secrets: [] }).snapshot;
}
const snapshot = snapshotOf(CONFIG);

/** A store in memory with these attempts, of which some are still to be written. */
async function rig(stored: readonly AttemptCell[], waiting: readonly AttemptCell[] = []) {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await openStore('memory:', { clock, signal: new AbortController().signal }));
  const batches = stack.use(createBatches({ store, clock, writer: 'w', onProblem: () => undefined }));
  await store.records.write(batchOf({ attempts: stored }));
  batches.add({ attempts: waiting });
  return {
    read: (input = {}, principal = OPERATOR): Promise<ProviderHealth> =>
      providerHealth({ store, batches, clock }, { snapshot, principal }, input),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('attempts that wait for the store are added to those in it, and filters hold for both', async () => {
  await using all = await rig(
    [cell(5), cell(1, { hour: HOUR - 24 })],
    [
      cell(2),
      cell(3, { outcome: 'throttled' }),
      cell(4, { provider: 'local', model: 'qwen' }),
      cell(9, { hour: HOUR - 24 }),
    ],
  );
  expect(await all.read()).toEqual({
    object: 'list',
    from: '2027-01-14T09:00:00Z',
    to: '2027-01-15T09:00:00Z',
    data: [
      { hour: '2027-01-15T08:00:00Z', provider: 'groq', model: 'llama', outcome: 'answered', attempts: 7 },
      { hour: '2027-01-15T08:00:00Z', provider: 'groq', model: 'llama', outcome: 'throttled', attempts: 3 },
      { hour: '2027-01-15T08:00:00Z', provider: 'local', model: 'qwen', outcome: 'answered', attempts: 4 },
    ],
    has_more: false,
  });
  const attemptsOf = async (input: object): Promise<number[]> =>
    (await all.read(input)).data.map(({ attempts }) => attempts);
  expect(await attemptsOf({ provider: 'local' })).toEqual([4]);
  expect(await attemptsOf({ model: 'llama' })).toEqual([7, 3]);
  expect(await attemptsOf({ from: '2027-01-14T08:59:00Z', to: '2027-01-15' })).toEqual([10]);
});

/** So many hours ago. */
const ago = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();

test('a range is at most 7 days, and not empty', async () => {
  await using all = await rig([]);
  expect(await all.read({ from: ago(7 * 24) })).toMatchObject({ from: '2027-01-08T08:00:00Z', data: [] });
  await expect(all.read({ from: ago(7 * 24 + 0.01) })).rejects.toThrow('from: must be within 7 days of `to`.');
  await expect(all.read({ from: ago(-2) })).rejects.toThrow('to: must be later than `from`.');
});

test.each([
  ['with a tenant', { tenant: 'acme' }, ['groq/llama', 'local/qwen']],
  ['with a chain of its own', { chains: ['own'] }, ['local/qwen']],
  ['with models of its own', { models: ['groq/*'] }, ['groq/llama']],
  ['without any model', { models: ['nothing/*'] }, []],
  ['without a restriction', {}, ['groq/junk', 'groq/llama', 'local/qwen']],
])('a principal %s sees the models of its chains only', async (_, parts, names) => {
  const cells = [cell(1), cell(2, { model: 'junk' }), cell(3, { provider: 'local', model: 'qwen' })];
  for (const [stored, waiting] of [
    [cells, []],
    [[], cells],
  ] as const) {
    await using all = await rig(stored, waiting);
    const { data } = await all.read({}, principalOf('v', { role: 'viewer', ...parts }));
    expect(data.map(({ provider, model }) => `${provider}/${model}`)).toEqual(names);
  }
});

test('beyond 10,000 rows those of the oldest hours are cut, and nothing is counted in part', async () => {
  const many = (hour: number, models: number): AttemptCell[] =>
    Array.from({ length: models }, (_, n) => cell(1, { hour, model: `m${String(n).padStart(5, '0')}` }));
  await using all = await rig(
    [...many(HOUR - 1, 9000), ...many(HOUR - 2, 2000)],
    [
      cell(1, { model: 'new' }),
      cell(1, { hour: HOUR - 2, model: 'm00000' }),
      cell(1, { hour: HOUR - 2, model: 'm01999' }),
    ],
  );
  const { data, has_more } = await all.read();
  expect([data.length, has_more]).toEqual([10_000, true]);
  expect(data[0]).toMatchObject({ model: 'new', attempts: 1 });
  expect(data[9001]).toMatchObject({ model: 'm00000', attempts: 2 });
  expect(data.filter(({ model }) => model === 'm01999')).toHaveLength(1);
});
