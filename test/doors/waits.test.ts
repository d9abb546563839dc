import { describe, expect, test } from 'vitest';
import type { LimitList } from '../../src/domain/limit-list.ts';
import { chatCompletion, type Reply } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { casesThrough, DOORS } from '../helpers/doors.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const NOW = Date.parse('2026-11-28T12:34:56Z');
const HOUR = 3600_000;
const DAY = 24 * HOUR;

const refusal = (status: number, body: object, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const weekly = (message: string, members: object = {}): object => ({
  error: { message, type: 'rate_limit_error', code: 429, ...members },
});

/** diegosouzapw/OmniRoute#6731 */
const RESETS_IN_3_DAYS = refusal(
  429,
  weekly('you have reached your weekly usage limit. Your quota will reset in 3 days.'),
);
const CALL_QUOTA = refusal(403, {
  statusCode: 403,
  message: 'Out of call volume quota. Quota will be replenished in 00:47:11.',
});
const RATE_OF_HOURS = refusal(429, weekly('Rate limit exceeded. Retry in 2 hours.'));

/** Refusals with the reason and the wait that the limits show. */
const REFUSALS: Readonly<Record<string, readonly [reply: Reply, reason: string, wait: number]>> = {
  'a weekly limit that resets in 3 days': [RESETS_IN_3_DAYS, 'exhausted', 3 * DAY],
  'a weekly limit with a date': [
    refusal(429, weekly('Weekly limit reached. It resets on December 1st at 8:00 AM (America/New_York).')),
    'exhausted',
    Date.parse('2026-12-01T13:00:00Z') - NOW,
  ],
  'a weekly limit that claims to reset after ten days': [
    refusal(429, weekly('Weekly limit reached. It resets in 10 days.')),
    'exhausted',
    7 * DAY + HOUR,
  ],
  'seconds until the reset in a member': [
    refusal(429, weekly('Slow down', { resets_in_seconds: 172_800 }), { 'retry-after': '172800' }),
    'exhausted',
    2 * DAY,
  ],
  'a usage limit with an instant': [
    refusal(429, weekly('Claude AI usage limit reached|1795891153')),
    'exhausted',
    1_795_891_153_000 - NOW,
  ],
  'a day in Spanish': [
    refusal(429, weekly('Límite de tokens por día (TPD) alcanzado. Vuelve a intentarlo en 7m12s.')),
    'exhausted',
    432_000,
  ],
  'a call quota as a 403': [CALL_QUOTA, 'exhausted', 2_831_000],
  'a month until its reset': [
    refusal(429, weekly('Monthly usage limit reached. It resets at 2026-12-01 00:00:00 UTC.')),
    'exhausted',
    Date.parse('2026-12-01T00:00:00Z') - NOW,
  ],
  'a rate limit of half a minute in Chinese': [refusal(429, weekly('请在 30 秒后重试')), 'throttled', 30_000],
  'a rate limit of two hours': [RATE_OF_HOURS, 'throttled', HOUR],
  'a rate limit of two hours in a header': [
    refusal(429, weekly('Too many requests'), { 'retry-after': '7200' }),
    'throttled',
    HOUR,
  ],
};

async function limitOf(rig: Rig): Promise<LimitList['data'][number] | undefined> {
  const { data } = (await (await fetch(`${rig.url}/v1/limits`)).json()) as LimitList;
  return data[0];
}

describe.each(Object.entries(DOORS))('%s', (name, door) => {
  test.each(casesThrough(name, REFUSALS))('%s takes the entry out until then', async (__, [first, reason, wait]) => {
    await using rig = await startRig([first, chatCompletion({ content: 'second' })], { clock: fakeClock(NOW) });
    for (let n = 0; n < 2; n++) {
      const result = await door.create(rig, HELLO);
      expect(result).toMatchObject({ code: 'ok', value: { choices: [{ message: { content: 'second' } }] } });
    }
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 2]);
    expect(await limitOf(rig)).toMatchObject({ state: 'cooling_down', reason, retry_at: NOW + wait });
  });

  test('a wait that the request holds too takes the entry out for a minute', async () => {
    await using rig = await startRig([RESETS_IN_3_DAYS, chatCompletion({ content: 'second' })], {
      clock: fakeClock(NOW),
    });
    const content = 'Why "your quota will reset in 3 days"?';
    expect(await door.create(rig, { ...HELLO, messages: [{ role: 'user', content }] })).toMatchObject({ code: 'ok' });
    expect(await limitOf(rig)).toMatchObject({ reason: 'throttled', retry_at: NOW + 60_000 });
  });

  test.each(['create', 'stream'] as const)('%s: a chain of exhausted quotas is a 503', async (way) => {
    await using rig = await startRig([RESETS_IN_3_DAYS], { clock: fakeClock(NOW) });
    for (let n = 0; n < 2; n++)
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 503, code: 'all_providers_exhausted', attempts: 1 });
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
    expect((await limitOf(rig))?.retry_at).toBe(NOW + 3 * DAY);
  });
});

test.each([
  ['a weekly limit', RESETS_IN_3_DAYS, '2026-12-01T12:34:56.000Z'],
  ['a call quota', CALL_QUOTA, '2026-11-28T13:22:07.000Z'],
  ['a rate limit of hours', RATE_OF_HOURS, '2026-11-28T13:34:56.000Z'],
])('the 503 after %s says when it ends, and that no client should retry', async (_, first, retryAt) => {
  await using rig = await startRig([first], { clock: fakeClock(NOW) });
  for (let n = 0; n < 2; n++) {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    const { error } = (await response.json()) as { error: { retry_at?: string } };
    expect([response.status, error.retry_at]).toEqual([503, retryAt]);
    expect([response.headers.get('x-should-retry'), response.headers.get('retry-after')]).toEqual(['false', '60']);
  }
});
