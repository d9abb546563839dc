import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError, type Reply, responder } from '../../src/testing/index.ts';
import type { ChatInput } from '../../src/domain/chat.ts';
import { API_DOORS, type Door, type DoorResult, isWholeDoor, textOf } from '../helpers/doors.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { turns } from '../faults/wire.ts';
import { BREAKS, type Cases, JSON_SPILLS, JSON_WHOLES, SAMPLES, SPILLS, STREAM_SPILLS, TEXT, WHOLES } from './cases.ts';

interface Ending {
  readonly first: Reply;
  readonly second?: Reply;
  readonly expected: Partial<DoorResult>;
  /** The numbers of requests to the first and the second entry. */
  readonly hits: readonly [number, number];
}

/** Ends of a request without an answer, before the client has received anything. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  'a request that every entry refuses gets the first refusal as its provider reports it': {
    first: openaiError(400, 'n must be 1', { code: 'bad_n' }),
    second: openaiError(422, 'bad field'),
    expected: { status: 400, code: 'bad_n', message: 'n must be 1', attempts: 2 },
    hits: [1, 1],
  },
  'a 422 is returned as the provider reports it': {
    first: openaiError(422, 'bad field'),
    second: openaiError(400, 'prompt is too long: 9 tokens'),
    expected: { status: 422, code: null, message: 'bad field', attempts: 2 },
    hits: [1, 1],
  },
  'a filtered prompt is returned as the provider reports it': {
    first: openaiError(400, 'filtered', { code: 'content_filter' }),
    expected: { status: 400, code: 'content_filter', message: 'filtered', attempts: 1 },
    hits: [1, 0],
  },
  'a chain that is down is one clear error': {
    first: openaiError(500, 'a'),
    second: openaiError(503, 'b'),
    expected: { status: 503, code: 'all_providers_exhausted', attempts: 2 },
    hits: [1, 1],
  },
  'a chain that is too small returns the first entry’s error': {
    first: openaiError(400, 'prompt is too long: 9 tokens', { code: 'x' }),
    second: openaiError(413, 'Request too large for model on tokens per minute'),
    expected: { status: 400, code: 'x', message: 'prompt is too long: 9 tokens', attempts: 2 },
    hits: [1, 1],
  },
};

/** Chains without a usable entry: the error without an attempt, after so many answered requests. */
const LIMITED: Readonly<Record<string, Limited>> = {
  'an exhausted minute is an error with a time to retry': {
    options: { providers: { a: { limits: { requestsPerMinute: 2 } } } },
    before: 2,
    expected: { status: 503, code: 'all_providers_exhausted', attempts: 1 },
  },
  'an exhausted day is an error, and no request queues for it': {
    options: {
      providers: { a: { limits: { requestsPerDay: 1 } } },
      chain: { queue: { maxWait: '10ms', maxSize: 1 } },
    },
    before: 1,
    expected: { status: 503, code: 'all_providers_exhausted', attempts: 1 },
  },
  'a request that no entry can serve is a 400': {
    options: { providers: { a: { models: { 'model-a': { tools: false } } } } },
    before: 0,
    expected: { status: 400, code: 'no_suitable_entry', attempts: 1 },
  },
};

interface Limited {
  readonly options: RigOptions;
  readonly before: number;
  readonly expected: Partial<DoorResult>;
}

const TOOLS: ChatInput = { ...HELLO, tools: [{ type: 'function', function: { name: 'f' } }] };

const hidden = ({ events }: Rig): unknown[] => events.filter(({ kind }) => kind === 'raw_face_hidden');

/**
 * Runs the table of cases through each of these doors: same answer, same error, same abort.
 *
 * What `cases.ts` lists is what providers do. How the gateway writes the result depends on a door's writer only, so all of these cases run
 * through one door for each pair of a writer and a reader (`isWholeDoor`), and the `SAMPLES` through the others. A failure before the first
 * token reaches no writer, because what is written is the answer of the second entry. It is read the same way for all doors of one form of
 * the body, so these cases run through one door of each form (`API_DOORS`). The answers, errors and aborts of this file depend on clients
 * and mounts, and run through all doors.
 */
export function testDoors(doors: Readonly<Record<string, Door>>): void {
  describe.each(Object.entries(doors))('%s', (name, door) => {
    /** The cases that run through this door. */
    const of = <Case>(...tables: readonly Readonly<Record<string, Case>>[]): [string, Case][] => {
      const cases = Object.entries<Case>(Object.assign({}, ...tables));
      return isWholeDoor(name) ? cases : cases.filter(([each]) => SAMPLES.has(each));
    };
    /** The same for failures before the first token, of which no writer sees anything. */
    const ofSpills = (...tables: readonly Cases[]): [string, Reply][] => {
      const cases = of(...tables);
      return Object.hasOwn(API_DOORS, name) ? cases : cases.filter(([each]) => SAMPLES.has(each));
    };

    test.each(ofSpills(SPILLS, JSON_SPILLS))('JSON: %s fails over to the second entry', async (__, first) => {
      await using rig = await startRig([first, chatCompletion({ content: 'served' })]);
      const result = await door.create(rig, HELLO);
      expect(result).toMatchObject({ code: 'ok', value: { choices: [{ message: { content: 'served' } }] } });
      expect(hitsOf(rig)).toEqual([1, 1]);
      expect(rig.finished()).toMatchObject([{ code: 'ok', provider: 'b', usage: { input: 9 } }]);
    });

    test.each(ofSpills(SPILLS, STREAM_SPILLS))('stream: %s fails over to the second entry', async (__, first) => {
      await using rig = await startRig([first, chatStream({ content: 'all of it' })]);
      const result = await door.stream(rig, HELLO);
      expect([result.code, textOf(result)]).toEqual(['ok', 'all of it']);
      expect(result.chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1);
      expect(hitsOf(rig)).toEqual([1, 1]);
      expect(hidden(rig)).toEqual([]);
      expect(await rig.ended()).toMatchObject({ code: 'ok', provider: 'b' });
      expect(rig.finished()).toHaveLength(1);
    });

    test.each(of(WHOLES))('stream: all of %s is received, and no other entry is tried', async (__, first) => {
      await using rig = await startRig([first, chatStream({ content: 'never' })]);
      const result = await door.stream(rig, HELLO);
      expect([result.code, textOf(result)]).toEqual(['ok', TEXT]);
      expect(hitsOf(rig)).toEqual([1, 0]);
      expect(hidden(rig)).toEqual([]);
      expect(await rig.ended()).toMatchObject({ code: 'ok', provider: 'a' });
    });

    test.each(of(JSON_WHOLES))('JSON: all of %s is received, and no other entry is tried', async (__, first) => {
      await using rig = await startRig([first, chatCompletion({ content: 'never' })]);
      const result = await door.create(rig, HELLO);
      const choices = [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }];
      expect(result).toMatchObject({ code: 'ok', value: { object: 'chat.completion', choices } });
      expect(hitsOf(rig)).toEqual([1, 0]);
    });

    describe.each(['create', 'stream'] as const)('%s', (way) => {
      test.each(Object.entries(ENDINGS))(
        '%s',
        async (__, { first, second = chatCompletion({ content: 'b' }), expected, hits }) => {
          await using rig = await startRig([first, second]);
          expect(await door[way](rig, HELLO)).toMatchObject({ ...expected, chunks: [], value: undefined });
          expect(hitsOf(rig)).toEqual(hits);
          expect(rig.finished()).toHaveLength(1);
        },
      );

      test.each(Object.entries(LIMITED))('%s', async (__, { options, before, expected }) => {
        await using rig = await startRig([responder({ content: 'x' })], options);
        for (let n = 0; n < before; n++) expect((await door[way](rig, HELLO)).code).toBe('ok');
        expect(await door[way](rig, TOOLS)).toMatchObject({ ...expected, chunks: [], value: undefined });
        expect(hitsOf(rig)).toEqual([before]);
        expect(rig.finished()).toHaveLength(before + 1);
      });

      test('a request that waits in the queue is answered like any other', async () => {
        const clock = fakeClock();
        await using rig = await startRig([responder({ content: 'x' })], {
          clock,
          providers: { a: { limits: { requestsPerMinute: 1 } } },
          chain: { queue: { maxWait: '5m', maxSize: 10 } },
        });
        await door[way](rig, HELLO);
        const waiting = door[way](rig, HELLO);
        await turns(100);
        expect(hitsOf(rig)).toEqual([1]);
        clock.advance(62_000);
        expect((await waiting).code).toBe('ok');
        expect(hitsOf(rig)).toEqual([2]);
      });

      test('an unknown model is a 404 with the known ones', async () => {
        await using rig = await startRig([chatCompletion({ content: 'x' })]);
        expect(await door[way](rig, { ...HELLO, model: 'defualt' })).toMatchObject({
          status: 404,
          code: 'model_not_found',
          message: "The model 'defualt' does not exist or you may not use it.",
          error: { param: 'model', models: ['default', 'a/model-a'] },
        });
        expect(hitsOf(rig)).toEqual([0]);
      });

      test('a wrong input is a 400 that names the field', async () => {
        await using rig = await startRig([chatCompletion({ content: 'x' })]);
        expect(await door[way](rig, { messages: 7 } as never)).toMatchObject({
          status: 400,
          code: 'invalid_request',
          message: expect.stringContaining('messages'),
        });
        expect(hitsOf(rig)).toEqual([0]);
        expect(rig.finished()).toMatchObject([{ status: 400, code: 'invalid_request' }]);
      });

      test('a closed gateway refuses with its own code', async () => {
        await using rig = await startRig([chatCompletion({ content: 'x' })]);
        await rig.gateway.close();
        expect(await door[way](rig, HELLO)).toMatchObject({ status: 503, code: 'shutting_down' });
        expect(hitsOf(rig)).toEqual([0]);
      });
    });

    test.each(of(BREAKS))(
      'after the first token %s is an error and no other entry is tried',
      async (__, { first, code }) => {
        await using rig = await startRig([first, chatStream({ content: 'never' })]);
        const result = await door.stream(rig, HELLO);
        expect([result.status, result.code, textOf(result)]).toEqual([502, code, 'Hi']);
        expect(hitsOf(rig)).toEqual([1, 0]);
        expect((await rig.ended()).code).toMatch(/^upstream_/);
        expect(rig.finished()).toHaveLength(1);
      },
    );

    const drops = responder({ content: 'drop '.repeat(500), delay: 5 });
    const hang: Reply = { head: false, end: 'hang' };

    test('an abort in the middle of a stream ends the upstream, and the client receives nothing more', async () => {
      await using rig = await startRig([drops, chatStream({ content: 'never' })]);
      const controller = new AbortController();
      const pending = door.stream(rig, HELLO, {
        signal: controller.signal,
        onChunk: ({ choices }) => choices[0]?.delta.content === 'drop ' && controller.abort(),
      });
      const result = await pending.catch(() => undefined);
      expect(result === undefined || !textOf(result).includes('drop '.repeat(100))).toBe(true);
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
      expect(hitsOf(rig)).toEqual([1, 0]);
    });

    test.each(['create', 'stream'] as const)('an abort before the answer of %s ends the upstream', async (way) => {
      await using rig = await startRig([hang, chatStream({ content: 'never' })]);
      const controller = new AbortController();
      const pending = door[way](rig, HELLO, { signal: controller.signal }).catch(() => undefined);
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
      controller.abort();
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed', status: 499 });
      expect(hitsOf(rig)).toEqual([1, 0]);
      await pending;
    });

    test('every field of the client’s input reaches the entry except the model', async () => {
      await using rig = await startRig([openaiError(500, 'no'), responder({ content: 'x' })]);
      const input = { ...HELLO, custom: { model: 'kept' }, temperature: 0.5 };
      await door.create(rig, input);
      await door.stream(rig, input);
      const [plain, streamed] = rig.upstreams[1]?.hits.map(({ body }) => JSON.parse(body.toString()) as object) ?? [];
      expect(plain).toEqual({ ...input, model: 'model-b' });
      expect(streamed).toEqual({ ...input, model: 'model-b', stream: true, stream_options: { include_usage: true } });
    });

    test('usage is requested from the entry, and its extra event is removed for a client that did not request it', async () => {
      await using rig = await startRig([chatStream({ content: 'Hi', usage: true })]);
      const plain = await door.stream(rig, HELLO);
      const withUsage = await door.stream(rig, { ...HELLO, stream_options: { include_usage: true, x: 1 } });
      expect(
        [plain, withUsage].map(({ chunks }) => chunks.filter(({ choices }) => choices.length === 0).length),
      ).toEqual([0, 1]);
      const sent = rig.upstreams[0]?.hits.map(
        ({ body }) => (JSON.parse(body.toString()) as { stream_options: unknown }).stream_options,
      );
      expect(sent).toEqual([{ include_usage: true }, { include_usage: true, x: 1 }]);
      await rig.ended(1);
      expect(rig.finished().map(({ usage }) => usage?.output)).toEqual([12, 12]);
    });

    test('a refusal of a parameter that the gateway added is retried without it, and remembered', async () => {
      const refusal = openaiError(400, 'Unrecognized request argument supplied: stream_options');
      await using rig = await startRig([
        (request) => (request.body.includes('stream_options') ? refusal : chatStream({ content: 'Hi' })),
      ]);
      expect((await door.stream(rig, HELLO)).code).toBe('ok');
      expect((await door.stream(rig, HELLO)).code).toBe('ok');
      expect(rig.upstreams[0]?.hits).toHaveLength(3);
    });
  });
}
