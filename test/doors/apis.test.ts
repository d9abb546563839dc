import { describe, expect, test } from 'vitest';
import { API_DOORS, type ApiName } from '../helpers/api-doors.ts';
import { hitsOf } from '../helpers/gateway.ts';
import { answering, API_CASES, type ApiCase, down, FIRST, silent, startApis, streamedText, TEXT } from './api-cases.ts';

const HIDDEN = 'raw_face_hidden';

describe.each(Object.entries(API_CASES) as [ApiName, ApiCase][])('%s', (name, api) => {
  const { own, foreign, input } = api;

  describe.each(Object.entries(API_DOORS))('%s', (_, door) => {
    test('an answer comes whole from the entry that is not down, whatever its API', async () => {
      await using rig = await startApis([
        [own, down],
        [foreign, answering(foreign)],
      ]);
      const { code, value, headers } = await door.create(rig, name, input);
      expect([code, value && api.text(value), hitsOf(rig)]).toEqual(['ok', TEXT, [1, 1]]);
      if (headers !== undefined) expect(headers.get('x-spillway-attempts')).toBe('2');
      if (headers !== undefined) expect(headers.get('x-spillway-provider')).toBe('b');
      expect(await rig.ended()).toMatchObject({ code: 'ok', provider: 'b', usage: { input: 30, output: 12 } });
    });

    test('a stream comes from the entry that is not down, whatever its API', async () => {
      await using rig = await startApis([
        [foreign, down],
        [own, answering(own)],
      ]);
      const result = await door.stream(rig, name, input);
      expect([result.code, streamedText(api, result.events), hitsOf(rig)]).toEqual(['ok', TEXT, [1, 1]]);
      expect(result.events.some(({ data }) => api.isEnd(data))).toBe(true);
      if (result.headers !== undefined) expect(result.headers.get('x-spillway-attempts')).toBe('2');
      const ended = await rig.ended();
      expect(ended).toMatchObject({ code: 'ok', provider: 'b', usage: { input: 30, output: 12 } });
      expect(ended.trail.map((step) => step.outcome)).toEqual(['overloaded', 'answered']);
      expect(rig.events.filter(({ kind }) => kind === HIDDEN)).toEqual([]);
    });

    test.each(['create', 'stream'] as const)('%s: a chain that is down is one error', async (way) => {
      await using rig = await startApis([
        [own, down],
        [foreign, down],
      ]);
      const result = await door[way](rig, name, input);
      expect(result).toMatchObject({ status: 503, code: 'all_providers_exhausted', events: [] });
      expect(hitsOf(rig)).toEqual([1, 1]);
      expect(rig.finished()).toHaveLength(1);
    });

    test.each([
      ['error', 'own'],
      ['error', 'foreign'],
      ['cut', 'own'],
      ['cut', 'foreign'],
    ] as const)(
      'after the first token the %s of an entry of the %s API is an error, and the last thing',
      async (ending, kind) => {
        const provider = api[kind];
        await using rig = await startApis([
          [provider, answering(provider, ending)],
          [own, answering(own)],
        ]);
        const result = await door.stream(rig, name, input);
        expect(streamedText(api, result.events)).toBe(FIRST);
        if (ending === 'cut') expect(result.code).toBe('upstream_truncated');
        else expect(result.message).toBe('the engine stopped');
        expect((await rig.ended()).code).toMatch(/^upstream_/);
        expect(result.events.some(({ data }) => api.isEnd(data))).toBe(false);
        if (result.headers !== undefined)
          expect(result.events.slice(-api.failure.length).map((event) => event.name)).toEqual(api.failure);
        expect(hitsOf(rig)).toEqual([1, 0]);
        expect(rig.finished()).toHaveLength(1);
      },
    );

    test('an unknown model is a 404', async () => {
      await using rig = await startApis([[own, answering(own)]]);
      for (const way of ['create', 'stream'] as const)
        expect(await door[way](rig, name, { ...input, model: 'x' })).toMatchObject({
          status: 404,
          code: 'model_not_found',
        });
      expect(hitsOf(rig)).toEqual([0]);
    });

    test.each(['nothing', 'head', 'lead-in', 'token'] as const)(
      'a client that disconnects after %s ends the upstream, and no other entry is tried',
      async (after) => {
        for (const provider of [own, foreign]) {
          await using rig = await startApis([
            [provider, silent(provider, after)],
            [own, answering(own)],
          ]);
          const controller = new AbortController();
          const abort = (): void => controller.abort();
          const pending = door
            .stream(rig, name, input, {
              signal: controller.signal,
              onEvent: ({ data }) => void (api.delta(data) === FIRST && abort()),
            })
            .catch(() => undefined);
          await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
          // The lead-in must have arrived; nothing of it is shown.
          if (after !== 'token') setTimeout(abort, after === 'nothing' ? 0 : 15);
          await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
          expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
          expect(hitsOf(rig)).toEqual([1, 0]);
          await pending;
        }
      },
    );
  });
});
