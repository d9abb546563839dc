import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { type ErrorCode, GatewayError } from '../../src/domain/errors.ts';
import type { TrailStep } from '../../src/domain/trail.ts';
import { openaiError } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BODY = { model: 'default', messages: [{ role: 'user' as const, content: 'x'.repeat(330) }] };
const ENTRY = { provider: 'a', model: 'model-a' };
const UNSUITED: TrailStep = { ...ENTRY, outcome: 'unsuited' };

/** A rig whose chain fails with this error behind these steps. */
function failing(code: ErrorCode, trail: readonly TrailStep[]): Promise<Rig> {
  const stage: Stage = async (_, scope) => {
    scope.report.trail = trail;
    throw new GatewayError(code, { message: 'No.', attempts: trail });
  };
  return startRig([openaiError(500, 'no')], { stages: [stage] });
}

/** Counts in place of the chain. */
const counting: Stage = async () => ({
  kind: 'json',
  value: { input_tokens: 7 },
  usage: { source: 'provider', input: 7, output: 0 },
  bytes: 18,
});

/** Fails in place of the chain, behind an entry that cannot count. */
const defect: Stage = async (_, scope) => {
  scope.report.trail = [UNSUITED];
  throw new TypeError('a defect');
};

const count = (rig: Rig, body: object = BODY): Promise<Response> =>
  post(fetch, `${rig.url}/v1/messages/count_tokens?beta=true`, body);

describe('messages.countTokens', () => {
  test('is the count of the first entry that counts', async () => {
    await using rig = await startRig([openaiError(500, 'no')], { stages: [counting] });
    const response = await count(rig);
    expect([response.status, await response.json()]).toEqual([200, { input_tokens: 7 }]);
    expect(response.headers.get('x-spillway-estimated')).toBeNull();
    expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'));
  });

  test.each<[string, ErrorCode, TrailStep[]]>([
    [
      'takes no such request',
      'no_suitable_entry',
      [UNSUITED, { ...ENTRY, outcome: 'skipped', reason: 'lacks_capability' }],
    ],
    ['has no such path', 'all_providers_exhausted', [{ ...ENTRY, outcome: 'unknown_model', status: 404 }]],
    ['has no such method', 'invalid_request', [UNSUITED, { ...ENTRY, outcome: 'refused', status: 405 }]],
  ])('is estimated where every entry %s, and the answer says so', async (_, code, trail) => {
    await using rig = await failing(code, trail);
    const response = await count(rig);
    const body = (await response.json()) as { input_tokens: number };
    expect([response.status, response.headers.get('x-spillway-estimated')]).toEqual([200, 'input_tokens']);
    expect(body.input_tokens).toBeGreaterThanOrEqual(100);
    expect(body.input_tokens).toBeLessThan(120);
    expect(rig.finished().map((event) => [event.code, event.status])).toEqual([['ok', 200]]);
    expect(await createClient({ url: rig.url }).messages.countTokens(BODY)).toEqual(body);
    expect(await rig.gateway.caller.messages.countTokens(BODY)).toEqual(body);
  });

  test.each<[string, ErrorCode, TrailStep[], number]>([
    [
      'an entry may count later',
      'all_providers_exhausted',
      [UNSUITED, { ...ENTRY, outcome: 'throttled', status: 429 }],
      503,
    ],
    ['an entry cools down', 'all_providers_exhausted', [{ ...ENTRY, outcome: 'skipped', reason: 'cooling_down' }], 503],
    ['an entry has refused the request', 'invalid_request', [{ ...ENTRY, outcome: 'refused', status: 400 }], 400],
    ['the deadline has passed', 'deadline_exceeded', [{ ...ENTRY, outcome: 'silent' }], 504],
  ])('fails where %s', async (_, code, trail, status) => {
    await using rig = await failing(code, trail);
    const response = await count(rig);
    expect([response.status, await response.json()]).toMatchObject([status, { type: 'error', error: { code } }]);
    expect(response.headers.get('x-spillway-estimated')).toBeNull();
  });

  test('is estimated where an entry cools down whose API has no counts', async () => {
    await using rig = await startRig([openaiError(429, 'Slow down.', { headers: { 'retry-after': '60' } })]);
    expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(503);
    const response = await count(rig);
    expect([response.status, response.headers.get('x-spillway-estimated')]).toEqual([200, 'input_tokens']);
  });

  test.each([
    ['system', 5],
    ['system', {}],
    ['tools', 'x'],
    ['tool_choice', 5],
    ['thinking.type', {}],
    ['output_config', []],
  ])('estimates nothing where %s is %j, which Anthropic refuses', async (param, value) => {
    await using rig = await startRig([openaiError(404, 'no')]);
    const [field = ''] = param.split('.');
    const response = await count(rig, { ...BODY, [field]: value });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
    expect((await count(rig, { ...BODY, [field]: null })).status).toBe(200);
  });

  test('fails where the gateway itself does, whatever the entries could not do', async () => {
    await using rig = await startRig([openaiError(500, 'no')], { stages: [defect] });
    const response = await count(rig);
    expect([response.status, response.headers.get('x-spillway-estimated')]).toEqual([500, null]);
  });

  test('fails where the request is wrong before any entry is tried', async () => {
    await using rig = await startRig([openaiError(500, 'no')]);
    for (const [body, status] of [
      [{ ...BODY, model: 'x' }, 404],
      [{ ...BODY, messages: [] }, 400],
      [{ model: 'default' }, 400],
    ] as const)
      expect((await count(rig, body)).status).toBe(status);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });
});
