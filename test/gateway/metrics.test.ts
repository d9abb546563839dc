import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/domain/principal.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { parseScrape, type Scrape, scrape } from '../helpers/metrics.ts';
import { ask, COST, KEYS, openStream, startTraffic } from '../helpers/metrics-traffic.ts';
import { principalOf } from '../helpers/principal.ts';
import { SOAK } from '../helpers/soak.ts';

const OPERATOR = { authorization: `Bearer ${KEYS.operator}` };

describe('after a scripted run', () => {
  let rig: Rig;
  let seen: Scrape;
  beforeAll(async () => {
    rig = await startTraffic();
    seen = await scrape(rig.url, OPERATOR);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test('the counts agree with it, to the request', () => {
    const requests = (labels: Record<string, string>): number => seen.count('spillway_requests_total', labels);
    expect({
      default: requests({ chain: 'default', code: 'ok', stream: 'false' }),
      streams: requests({ chain: 'default', code: 'ok', stream: 'true' }),
      cut: requests({ chain: 'cut', code: 'upstream_truncated' }),
      hedged: requests({ chain: 'hedged', code: 'ok' }),
      queued: requests({ chain: 'queued', code: 'ok' }),
      pair: requests({ chain: '(pair)', code: 'ok' }),
      poor: requests({ code: 'budget_exceeded' }),
      limited: requests({ code: 'rate_limit_exceeded' }),
      unknown: requests({ code: 'invalid_api_key' }),
      all: requests({}) - requests({ operation: 'metrics' }),
    }).toEqual({
      default: 3,
      streams: 1,
      cut: 1,
      hedged: 1,
      queued: 2,
      pair: 1,
      poor: 1,
      limited: 1,
      unknown: 1,
      all: 12,
    });
    expect(seen.count('spillway_request_duration_seconds')).toBe(requests({}));
    expect(seen.count('spillway_key_requests_total')).toBe(requests({}));
    expect(requests({})).toBe(rig.finished().length - 1);
  });

  test('attempts, failovers, skips and hedges agree with it', () => {
    const { count } = seen;
    expect(count('spillway_attempts_total', { provider: 'a', outcome: 'throttled' })).toBe(1);
    expect(count('spillway_attempts_total', { provider: 'b', outcome: 'answered' })).toBe(6);
    expect(count('spillway_attempts_total', { provider: 'd', outcome: 'cancelled' })).toBe(1);
    expect(count('spillway_failovers_total', { chain: 'default', provider: 'b', model: 'model-b' })).toBe(1);
    expect(count('spillway_failovers_total')).toBe(1);
    expect(count('spillway_failover_seconds')).toBe(1);
    expect(count('spillway_entry_skips_total', { provider: 'a', reason: 'cooling_down' })).toBe(3);
    expect(count('spillway_hedges_total', { chain: 'hedged', result: 'won' })).toBe(1);
    expect(count('spillway_queue_wait_seconds', { chain: 'queued' })).toBe(1);
    expect(count('spillway_time_to_first_token_seconds')).toBe(3);
    expect(count('spillway_refusals_total', { scope: 'key', kind: 'budget' })).toBe(1);
    expect(count('spillway_refusals_total', { scope: 'key', kind: 'requests' })).toBe(1);
    expect(count('spillway_refusals_total')).toBe(2);
    expect(count('spillway_auth_failures_total', { reason: 'invalid_api_key' })).toBe(1);
  });

  test('money agrees with it: costs, tokens, budgets and what is wasted', () => {
    const { count } = seen;
    expect(count('spillway_cost_usd_total', { provider: 'b' })).toBeCloseTo(costOf(rig), 12);
    expect(count('spillway_key_cost_usd_total', { tenant: 'acme', key: 'ci' })).toBeCloseTo(
      1 - count('spillway_budget_remaining_usd', { owner: 'key', name: 'ci' }),
      12,
    );
    expect(count('spillway_key_cost_usd_total', { key: 'ci' })).toBeGreaterThanOrEqual(3 * COST);
    expect(count('spillway_budget_amount_usd', { owner: 'tenant', tenant: 'acme', period: 'month' })).toBe(2000);
    expect(count('spillway_cost_unknown_total', { chain: 'cut', provider: 'c' })).toBe(1);
    expect(count('spillway_wasted_tokens_total', { provider: 'c', reason: 'failed_after_commit' })).toBeGreaterThan(0);
    expect(count('spillway_wasted_tokens_total', { provider: 'd', reason: 'hedge_lost' })).toBeGreaterThan(0);
    expect(count('spillway_reservations_open')).toBe(0);
    expect(count('spillway_settle_twice_total')).toBe(0);
  });

  test('the state of entries is that of the scrape', () => {
    const { count } = seen;
    expect(count('spillway_entry_available', { provider: 'a' })).toBe(0);
    expect(count('spillway_entry_cooldown_seconds', { provider: 'a' })).toBeGreaterThan(500);
    expect(count('spillway_entry_available', { provider: 'b' })).toBe(1);
    expect(count('spillway_limit_used_ratio', { provider: 'b', window: 'requestsPerMinute' })).toBeCloseTo(0.006, 3);
    expect(count('spillway_keys_loaded')).toBe(4);
    expect(count('spillway_store_up')).toBe(1);
    expect(count('spillway_build_info', { version: '0.1.0', prices: '0.1.8' })).toBe(1);
  });

  test('a running stream is open, in progress, and holds a part of its budgets', async () => {
    const waste = { provider: 'f', reason: 'caller_gone' };
    const before = rig.finished().length;
    await using stream = await openStream(rig);
    const running = await scrape(rig.url, OPERATOR);
    expect(running.count('spillway_streams_open', { operation: 'chat.completions.stream' })).toBe(1);
    expect(running.count('spillway_requests_in_progress', { operation: 'chat.completions.stream' })).toBe(1);
    expect(running.count('spillway_reservations_open')).toBe(1);
    for (const owner of ['key', 'tenant'])
      expect(running.count('spillway_budget_reserved_usd', { owner, tenant: 'acme' })).toBeCloseTo(COST, 12);
    await stream[Symbol.asyncDispose]();
    // The scrape, and the stream.
    await rig.ended(before + 1);
    const ended = await scrape(rig.url, OPERATOR);
    expect(ended.count('spillway_reservations_open')).toBe(0);
    expect([
      running.count('spillway_wasted_tokens_total', waste),
      ended.count('spillway_wasted_tokens_total', waste),
    ]).toEqual([0, expect.any(Number)]);
    expect(ended.count('spillway_wasted_tokens_total', waste)).toBeGreaterThan(0);
  });

  test('no line has a key, a prompt or an answer', () => {
    for (const secret of [...Object.values(KEYS), 'nobody-knows', 'sk-upstream', 'Hello', 'slow down', '127.0.0.1'])
      expect(seen.text).not.toContain(secret);
  });
});

/** What all attempts of a rig have cost, in US dollars. */
function costOf(rig: Rig): number {
  const steps = rig.finished().flatMap(({ trail }) => trail);
  return steps.reduce((sum, { costNano }) => sum + (costNano ?? 0), 0) / 1e9;
}

/** Each has a junk model, path, procedure and key. */
const ROUNDS = SOAK ? 2500 : 250;

describe('what a caller can type', () => {
  test('adds no series: junk models, paths, procedures and keys', async () => {
    await using rig = await startRig([openaiError(404, 'no such model')], {
      providers: { a: { models: { '*': {} } } },
      config: { auth: { keys: [{ name: 'root', key: KEYS.operator, role: 'admin' }] } },
    });
    const known = principalOf('root');
    const once = async (n: number): Promise<void> => {
      await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, model: `junk-${n}` });
      await rig.gateway.fetch(`http://x/junk/${n}`);
      await rig.gateway.fetch(`http://x/trpc/junk.${n}`, { method: 'POST' });
      await ask(rig, `junk-key-${n}`, {});
      // Only some reach the provider, which is asked over a socket.
      if (Math.abs(n) % 10 === 1)
        await post(rig.gateway.fetchAs(known), 'http://x/v1/chat/completions', { ...HELLO, model: `a/m${n}` });
    };
    // As many as make every answer that they can get: the address is blocked for its unknown keys after 30.
    for (let n = -50; n < 0; n++) await once(n);
    await scrape(rig.url, OPERATOR);
    const before = await scrape(rig.url, OPERATOR);
    for (let n = 1; n <= ROUNDS; n++) await once(n);
    const after = await scrape(rig.url, OPERATOR);
    expect(rig.finished().length).toBeGreaterThan(ROUNDS * 4);
    expect(ownOf(after).filter((line) => !before.series.has(line))).toEqual([]);
    expect(after.text).not.toMatch(/junk|a\/m\d/);
    expect(after.count('spillway_attempts_total', { provider: 'a', model: '(other)' })).toBe(5 + ROUNDS / 10);
  });

  test('is no name of a model before the provider has answered for it', async () => {
    await using rig = await startRig([chatCompletion({ content: 'Hi' })], {
      providers: { a: { models: { '*': {} } } },
    });
    await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, model: 'a/real' });
    const { count } = await scrape(rig.url);
    expect(count('spillway_attempts_total', { provider: 'a', model: 'real' })).toBe(1);
  });

  test('is no key: an identity that an application gives has no series of its own', async () => {
    await using rig = await startRig([chatCompletion({ content: 'Hi' })]);
    const user: Principal = principalOf('mary@example.com');
    await post(rig.gateway.fetchAs(user), 'http://x/v1/chat/completions', HELLO);
    const seen = await scrape(rig.url);
    expect(seen.count('spillway_key_requests_total', { key: '(other)' })).toBe(1);
    expect(seen.text).not.toContain('mary');
  });
});

/** The series of a scrape that are the gateway's own. */
function ownOf({ series }: Scrape): string[] {
  return [...series].filter((line) => line.startsWith('spillway_'));
}

describe('a scrape', () => {
  test('is allowed to viewers and admins without a tenant', async () => {
    await using rig = await startRig([chatCompletion({ content: 'Hi' })], {
      config: {
        auth: {
          keys: [
            { name: 'v', key: 'key-of-a-viewer-0123456789', role: 'viewer' },
            { name: 'tenant', key: 'key-of-a-tenant-0123456789', role: 'admin', tenant: 'acme' },
          ],
        },
      },
    });
    const status = async (key: string): Promise<number> =>
      (await fetch(`${rig.url}/metrics`, { headers: { 'x-api-key': key } })).status;
    expect([await status('key-of-a-viewer-0123456789'), await status('key-of-a-tenant-0123456789')]).toEqual([
      200, 403,
    ]);
  });

  test('needs no key where metrics are public', async () => {
    await using rig = await startTraffic({});
    expect((await fetch(`${rig.url}/metrics`)).status).toBe(401);
    await using open = await startRig([chatCompletion({ content: 'Hi' })], {
      config: { auth: { keys: [{ name: 'root', key: KEYS.operator, role: 'admin' }] }, metrics: { public: true } },
    });
    const response = await fetch(`${open.url}/metrics`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const head = await fetch(`${open.url}/metrics`, { method: 'HEAD' });
    expect([head.status, (await fetch(`${open.url}/metrics`, { method: 'POST' })).status]).toEqual([200, 405]);
  });

  test('shows reloads, and keeps the series of a chain that is gone', async () => {
    await using rig = await startRig([chatCompletion({ content: 'Hi' })]);
    await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    await rig.gateway.reload({
      providers: { a: { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'none' } },
      chains: { other: { entries: ['a/model-a'] } },
    });
    await rig.gateway.reload({ providers: {}, chains: { x: { entries: [] } } }).catch(() => undefined);
    expect(Object.keys(rig.gateway.config.chains)).toEqual(['other']);
    const { count } = await scrape(rig.url);
    expect(count('spillway_requests_total', { chain: 'default' })).toBe(1);
    expect(count('spillway_config_reloads_total', { result: 'applied' })).toBe(1);
    expect(count('spillway_config_reloads_total', { result: 'rejected' })).toBe(1);
    expect(count('spillway_config_rejected')).toBe(1);
  });

  test('is the same text for scrapes at the same time', async () => {
    await using rig = await startRig([chatCompletion({ content: 'Hi' })]);
    const texts = await Promise.all([1, 2].map(async () => (await rig.gateway.fetch('http://x/metrics')).text()));
    expect(texts[0]).toBe(texts[1]);
    expect(parseScrape(texts[0] ?? '').count('spillway_requests_in_progress', { operation: 'metrics' })).toBe(2);
  });
});
