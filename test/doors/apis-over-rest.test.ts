import { describe, expect, test } from 'vitest';
import { API_DOORS, type ApiName, eventsIn, PATHS } from '../helpers/api-doors.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig } from '../helpers/gateway.ts';
import { readUntil } from '../faults/wire.ts';
import { answering, API_CASES, type ApiCase, down, FIRST, silent, startApis, streamedText, TEXT } from './api-cases.ts';

const REST = API_DOORS['REST over HTTP'];
const sent = (rig: Rig, api: ApiName, body: object) => post(fetch, rig.url + PATHS[api], body);

describe.each(Object.entries(API_CASES) as [ApiName, ApiCase][])('%s', (name, api) => {
  const { own, foreign, input } = api;

  test('an exhausted chain has the shape of the API, and says when to retry', async () => {
    await using rig = await startApis([
      [own, down],
      [foreign, down],
    ]);
    const response = await sent(rig, name, input);
    const body = (await response.json()) as { error: { type: string; code: string } };
    expect([response.status, body.error.code]).toEqual([503, 'all_providers_exhausted']);
    expect(body).toMatchObject(
      name === 'messages'
        ? { type: 'error', error: { type: 'overloaded_error' }, request_id: response.headers.get('request-id') }
        : { error: { type: 'upstream_error', param: null } },
    );
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    // Anthropic's SDK reads this one; nothing says that a retry is in vain.
    expect(response.headers.get('x-should-retry')).not.toBe('false');
  });

  test.each([
    ['a body that is no JSON', '{', 400, 'invalid_json'],
    ['a member that occurs twice', '{"model":"default","model":"other"}', 400, 'duplicate_parameter'],
    ['a body that is too large', `{"pad":"${'x'.repeat(3000)}"}`, 413, 'request_too_large'],
  ] as const)('%s is refused in the shape of the API', async (_, body, status, code) => {
    await using rig = await startApis([[own, answering(own)]], { bodyLimit: 2000 });
    const response = await post(fetch, rig.url + PATHS[name], body);
    const got = (await response.json()) as { type?: string; error: { code: string } };
    expect([response.status, got.error.code, got.type]).toEqual([
      status,
      code,
      name === 'messages' ? 'error' : undefined,
    ]);
    expect(hitsOf(rig)).toEqual([0]);
  });

  test('a wrong method is refused with those that the path has', async () => {
    await using rig = await startApis([[own, answering(own)]]);
    const response = await fetch(rig.url + PATHS[name], { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each(['create', 'stream'] as const)('%s: a deadline ends a silent attempt', async (way) => {
    await using rig = await startApis([
      [own, silent(own, 'nothing')],
      [foreign, silent(foreign, 'head')],
    ]);
    const result = await REST[way](rig, name, input, { headers: { 'x-spillway-deadline': '60' } });
    expect(result).toMatchObject({ status: 504, code: 'deadline_exceeded', events: [] });
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  });

  test.each(['first-event', 'first-token'] as const)('the commit at the %s is final', async (commit) => {
    // A completion has no event before its first text, which a translated one begins with.
    for (const provider of name === 'completions' ? [own] : [own, foreign]) {
      const broken = answering(provider, 'cut');
      await using rig = await startApis([
        [
          provider,
          (request) => ({
            ...broken(request),
            chunks: [...(broken(request).chunks ?? []).slice(0, -2), { delay: 20 }],
          }),
        ],
        [own, answering(own)],
      ]);
      const result = await REST.stream(rig, name, input, { headers: { 'x-spillway-commit': commit } });
      const isFinal = commit === 'first-event';
      expect([result.code, hitsOf(rig)]).toEqual(isFinal ? ['upstream_truncated', [1, 0]] : ['ok', [1, 1]]);
      expect(streamedText(api, result.events)).toBe(isFinal ? '' : TEXT);
      if (isFinal) expect(result.events.slice(-api.failure.length).map((event) => event.name)).toEqual(api.failure);
    }
  });

  test('a stream that is opened early begins with a comment, and fails over behind it', async () => {
    const clock = fakeClock();
    await using rig = await startApis(
      [
        [own, silent(own, 'nothing')],
        [foreign, silent(foreign, 'token')],
      ],
      { clock, chain: { openAfter: '20s', timeouts: { headers: '25s', idle: '10m' } } },
    );
    const pending = sent(rig, name, { ...input, stream: true });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(20_000);
    const reader = (await pending).body!.getReader();
    expect(await readUntil(reader, ': keep-alive\n')).not.toContain('event:');
    clock.advance(5000);
    const shown = await readUntil(reader, FIRST);
    expect(eventsIn(`${shown}\n\n`).length).toBeGreaterThan(0);
    expect(shown).not.toContain('event: ping');
    // A silence after the first event.
    clock.advance(20_000);
    expect(
      await readUntil(reader, name === 'messages' ? 'event: ping\ndata: {"type":"ping"}\n\n' : ': keep-alive\n'),
    ).not.toContain('error');
    await reader.cancel();
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  });

  test('a stream that is opened early reports exhaustion in the events of its API', async () => {
    const clock = fakeClock();
    await using rig = await startApis([[own, silent(own, 'nothing')]], {
      clock,
      chain: { openAfter: '20s', timeouts: { headers: '25s' } },
    });
    const pending = sent(rig, name, { ...input, stream: true });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(20_000);
    const response = await pending;
    clock.advance(5000);
    const events = eventsIn(await response.text());
    expect(events.map((event) => event.name)).toEqual(api.failure);
    expect(events[0]?.data).toMatchObject({ error: { code: 'all_providers_exhausted' } });
  });

  test('a slow stream is requested from a second provider too', async () => {
    const clock = fakeClock();
    await using rig = await startApis(
      [
        [own, silent(own, 'nothing')],
        [foreign, answering(foreign)],
      ],
      { clock, chain: { hedge: { after: '150ms', budget: 1 } } },
    );
    const pending = REST.stream(rig, name, input);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(150);
    const result = await pending;
    expect([result.code, streamedText(api, result.events), hitsOf(rig)]).toEqual(['ok', TEXT, [1, 1]]);
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  });

  test.each(['create', 'stream'] as const)('%s: a dropped field is named over a foreign entry only', async (way) => {
    const body = { ...input, ...api.droppable };
    await using rig = await startApis([[own, answering(own)]]);
    expect((await REST[way](rig, name, body)).headers?.get('x-spillway-dropped')).toBe(null);
    await using other = await startApis([[foreign, answering(foreign)]]);
    expect((await REST[way](other, name, body)).headers?.get('x-spillway-dropped')).toBe(api.dropped);
    expect(await other.ended()).toMatchObject({ code: 'ok' });
  });

  test.each(['create', 'stream'] as const)('%s: entries that cannot carry the request are skipped', async (way) => {
    const body = { ...input, ...api.unsuited };
    await using rig = await startApis([
      [foreign, answering(foreign)],
      [own, answering(own)],
    ]);
    const { code, headers } = await REST[way](rig, name, body);
    expect([code, headers?.get('x-spillway-attempts'), hitsOf(rig)]).toEqual(['ok', '1', [0, 1]]);
    const { trail } = await rig.ended();
    expect(trail[0]).toMatchObject({ provider: 'a', outcome: 'skipped', reason: 'lacks_capability' });
    await using none = await startApis([
      [foreign, answering(foreign)],
      [foreign, answering(foreign)],
    ]);
    expect(await REST[way](none, name, body)).toMatchObject({
      status: 400,
      message: expect.stringContaining(Object.keys(api.unsuited)[0] ?? ''),
    });
    expect(hitsOf(none)).toEqual([0, 0]);
  });
});

test('a response that its provider stores is not requested twice', async () => {
  const clock = fakeClock();
  await using rig = await startApis(
    [
      ['responses', silent('responses', 'nothing')],
      ['responses', answering('responses')],
    ],
    { clock, chain: { hedge: { after: '150ms', budget: 1 }, timeouts: { headers: '1s' } } },
  );
  const pending = REST.stream(rig, 'responses', { model: 'default', input: 'Weather?' });
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(900);
  expect(hitsOf(rig)).toEqual([1, 0]);
  clock.advance(100);
  expect((await pending).code).toBe('ok');
  const { trail } = await rig.ended();
  expect(trail.some((step) => 'hedge' in step && step.hedge === true)).toBe(false);
});
