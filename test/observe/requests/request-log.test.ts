import { expect, test } from 'vitest';
import { type LogSettings, logSettings } from '../../../src/config/log-settings.ts';
import type { RequestFinished } from '../../../src/domain/events.ts';
import type { TrailStep } from '../../../src/domain/trail.ts';
import { timeOfId } from '../../../src/lib/time-ids.ts';
import { createRequestLog } from '../../../src/observe/requests/request-log.ts';
import type { RequestRow } from '../../../src/store/request-log/request-row.ts';
import type { Store } from '../../../src/store/store.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { finishedEvent } from '../../helpers/finished.ts';
import { unpackRows } from '../../helpers/request-rows.ts';
import { NOW } from '../../helpers/store.ts';

function rig(settings: Partial<LogSettings> = {}) {
  const clock = fakeClock(NOW);
  const written: RequestRow[] = [];
  const requestLog: Partial<Store['requestLog']> = {
    open: () => Promise.resolve({ replica: 1, secret: 's' }),
    write: (rows) => Promise.resolve(void written.push(...unpackRows(rows))),
  };
  const log = createRequestLog({
    store: { persistent: true, requestLog: requestLog as Store['requestLog'] },
    clock,
    process: 'p',
    random: () => 0,
    settings: () => ({ ...logSettings({}), ...settings }),
    onProblem: () => undefined,
    exporter: { isActive: false, add: () => undefined, counters: { sent: 3, dropped: 4 } },
  });
  const emit = (event: Partial<RequestFinished>): void =>
    log.listen(finishedEvent({ acceptedAt: clock.now() - 5, totalMs: 5, ...event }));
  return { clock, log, written, emit };
}

const step = (members: Partial<TrailStep> = {}): TrailStep => ({
  provider: 'groq',
  model: 'llama',
  outcome: 'throttled',
  message: 'Rate limit reached for ann@example.com',
  status: 429,
  startedMs: 1.234,
  durationMs: 12,
  ...members,
});

test('a request of a chain has a row in every ending, whose id holds the time of its end', async () => {
  const { log, written, emit } = rig();
  const usage = { input: 10.4, output: 2e12, source: 'provider' as const };
  emit({
    usage,
    usageSource: 'provider',
    cost: { nano: 7, source: 'table', approximate: true },
    trail: [step()],
    committedMs: 1.26,
  });
  emit({ chain: 'default', status: 499, code: 'client_closed' });
  await log.flush(1000);
  expect(written).toMatchObject([
    {
      code: 'ok',
      attempts: 1,
      committedMs: 1.3,
      tokens: { input: 10, output: 1e9 },
      costNano: 7,
      approximate: true,
      trail: [{ outcome: 'throttled', started_ms: 1.2, duration_ms: 12, status: 429 }],
    },
    { code: 'client_closed', tokens: undefined },
  ]);
  expect(written.map(({ id }) => timeOfId(id))).toEqual([NOW, NOW]);
});

test('a refusal has a row, and a list, a health check or a subscription that its client leaves has none', async () => {
  const { log, written, emit } = rig();
  emit({ chain: undefined, status: 404, code: 'model_not_found' });
  emit({ chain: undefined, operation: 'health.live' });
  emit({ chain: undefined, operation: 'events.watch', status: 499, code: 'client_closed' });
  await log.flush(1000);
  expect(written.map(({ code }) => code)).toEqual(['model_not_found']);
});

test('a call of an operator has a row where it is not admitted, and none where its report fails', async () => {
  const { log, written, emit } = rig();
  const failures = [
    [401, 'invalid_api_key'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [429, 'rate_limit_exceeded'],
    [503, 'store_unavailable'],
  ] as const;
  for (const operation of ['requests.retrieve', 'health.ready'])
    for (const [status, code] of failures) emit({ chain: undefined, keyId: 'key_a', operation, status, code });
  for (const operation of ['models.retrieve', 'chat.completions.create', 'keyshop'])
    emit({ chain: undefined, keyId: 'key_a', operation, status: 404, code: 'not_found' });
  await log.flush(1000);
  expect(written.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
    ...['requests.retrieve', 'health.ready'].flatMap((of) => [401, 403, 429].map((status) => `${of} ${status}`)),
    'models.retrieve 404',
    'chat.completions.create 404',
    'keyshop 404',
  ]);
});

test('of refusals without a key 10 a second have a row, and all others are counted', async () => {
  const { clock, log, written, emit } = rig();
  const refused = { chain: undefined, keyId: 'anonymous', status: 401, code: 'invalid_api_key' };
  for (let n = 0; n < 25; n++) emit(refused);
  for (let n = 0; n < 3; n++) emit({ ...refused, keyId: 'key_a' });
  clock.advance(1000);
  emit(refused);
  await log.flush(1000);
  expect([written.length, log.counters.refusalsWithoutRow, log.counters.rows]).toEqual([14, 15, 14]);
  expect(log.counters.exported).toEqual({ sent: 3, dropped: 4 });
});

test("providers' words are in the rows only where the configuration says so", async () => {
  for (const vendorMessages of [false, true]) {
    const { log, written, emit } = rig({ vendorMessages });
    emit({ trail: [step()] });
    await log.flush(1000);
    expect(JSON.stringify(written[0]?.trail).includes('ann@example.com')).toBe(vendorMessages);
  }
});

test.each([
  ['hash', /^user_[\w-]{22}$/],
  ['plain', /^ann@example\.com$/],
  ['none', /^undefined$/],
] as const)('a user is stored by log.user: %s, and filters know its forms', async (user, form) => {
  const { log, written, emit } = rig({ user });
  const watched: RequestRow[] = [];
  emit({ user: 'ann@example.com' });
  await log.flush(1000);
  using _watching = log.watch((row) => void watched.push(row));
  emit({ user: 'ann@example.com' });
  await log.flush(1000);
  expect(written.map((row) => String(row.user))).toEqual([expect.stringMatching(form), expect.stringMatching(form)]);
  expect(watched.map((row) => row.user)).toEqual([written[0]?.user]);
  if (user !== 'none') expect(await log.formOf('ann@example.com')).toBe(written[0]?.user);
  if (user !== 'none') expect(await log.formOf(String(written[0]?.user))).toBe(written[0]?.user);
});

test('texts of clients are cut, whatever their length', async () => {
  const { log, written, emit } = rig({ user: 'plain' });
  const long = 'x'.repeat(100_000);
  emit({ user: long, requestedModel: long, tags: Array.from({ length: 50 }, () => long) });
  await log.flush(1000);
  const [row] = written;
  expect([row?.user?.length, row?.requestedModel?.length, row?.tags.length, row?.tags[0]?.length]).toEqual([
    256, 256, 8, 64,
  ]);
});
