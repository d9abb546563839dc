import { serverSettings } from '../../src/config/server-settings.ts';
import { initTRPC } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { createGuesses } from '../../src/auth/guesses.ts';
import { createBrowsers } from '../../src/door/browsers.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { z } from 'zod';
import type { GatewayEvent } from '../../src/domain/events.ts';
import { isEventStream } from '../../src/domain/event-stream.ts';
import type { DoorReply } from '../../src/door/request.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import { appRouter } from '../../src/router/app-router.ts';
import type { CallContext, Context, Meta } from '../../src/router/context.ts';
import { definitionsOf } from '../../src/router/definitions.ts';
import { chatStream } from '../../src/testing/index.ts';
import { createTrpcHandle } from '../../src/trpc/handle.ts';
import { readUntil } from '../faults/wire.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { openTestScope } from '../helpers/scope.ts';
import { KINDS } from '../../client/procedures.ts';

test("every subscription of the gateway's router has its raw face at both doors", async () => {
  const streams = [...definitionsOf(appRouter)].filter(([, { type }]) => type === 'subscription');
  expect(streams.map(([path]) => path)).toEqual([
    'chat.completions.stream',
    'completions.stream',
    'responses.stream',
    'responses.events',
    'messages.stream',
    'runs.stream',
    'limits.watch',
    'events.watch',
    'requests.tail',
  ]);
  await using rig = await startRig([chatStream({ content: 'x' })]);
  await (await post(fetch, `${rig.url}/trpc/chat.completions.stream`, HELLO)).text();
  await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true })).text();
  await (await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true })).text();
  await rig.ended(2);
  const watching = await fetch(`${rig.url}/trpc/limits.watch`);
  await readUntil(watching.body!.getReader(), '"id":"a/model-a"');
  expect(rig.events.filter(({ kind }) => kind === 'raw_face_hidden')).toEqual([]);
  expect(isEventStream(await rig.gateway.caller.chat.completions.stream(HELLO))).toBe(true);
  expect(isEventStream(await rig.gateway.caller.limits.watch())).toBe(true);
  expect(isEventStream(await rig.gateway.caller.requests.tail())).toBe(true);
});

test('the client knows the kind of every procedure', () => {
  const kinds = [...definitionsOf(appRouter)].map(([path, { type }]) => [path, type]);
  expect(KINDS).toEqual(Object.fromEntries(kinds));
});

const trpc = initTRPC.context<Context>().meta<Meta>().create();
const meta: Meta = { access: 'caller', summary: '' };

/** A stream of two events with a raw face, as the chain makes it. */
function stream(): AsyncIterable<unknown> {
  const made = createAnswerStream<unknown>({
    pause: () => undefined,
    resume: () => undefined,
    cancel: () => undefined,
  });
  made.add(Buffer.from('data: {"n":1}\n\n'));
  made.add(Buffer.from('data: {"n":2}\n\n'));
  made.end({ kind: 'complete' });
  return made.stream;
}

const wrapped = trpc.procedure.meta(meta).use(async ({ next }) => {
  const result = await next();
  if (result.ok) {
    const inner = result.data as AsyncIterable<unknown>;
    result.data = (async function* () {
      yield* inner;
    })();
  }
  return result;
});

/** Procedures over the same stream: one returns it as it is, the others hide its raw face. */
const router = trpc.router({
  bare: trpc.procedure.meta(meta).subscription(() => stream()),
  wrapped: wrapped.subscription(() => stream()),
  checked: trpc.procedure
    .meta(meta)
    .output(
      z
        .custom<AsyncIterable<unknown>>()
        .transform((inner) => ({ [Symbol.asyncIterator]: () => inner[Symbol.asyncIterator]() })),
    )
    .subscription(() => stream()),
});

async function call(path: 'bare' | 'wrapped' | 'checked'): Promise<{ reply: DoorReply; events: GatewayEvent[] }> {
  const events: GatewayEvent[] = [];
  const handle = createTrpcHandle(router, {
    name: 'spillway-test',
    openScope: (_, abort) => openTestScope({ abort, emit: (event) => events.push(event) }),
    callContext: (scope) => ({ scope }) as CallContext,
    emit: (event) => events.push(event),
    identified: () => undefined,
    traced: false,
    guesses: createGuesses({ clock: systemClock, emit: () => undefined }),
    browsers: createBrowsers({ publicUrl: undefined, session: undefined, onUse: () => undefined }),
    jsonLimits: serverSettings({}).jsonLimits,
    places: { take: () => new DisposableStack() },
  });
  const request = {
    method: 'GET',
    url: `/trpc/${path}`,
    headers: {},
    abort: openAbortScope(),
    body: () => Promise.resolve(Buffer.alloc(0)),
  };
  const reply = await handle(request, path);
  if (reply.kind === 'adapter') throw new Error('The adapter must not get this request.');
  return { reply, events };
}

async function readAll(reply: DoorReply): Promise<unknown[]> {
  const chunks: unknown[] = [];
  if (reply.kind === 'stream') for await (const chunk of reply.stream) chunks.push(chunk);
  return chunks;
}

describe('a stream', () => {
  test('that is returned as it is keeps its raw face', async () => {
    const { reply, events } = await call('bare');
    expect(events).toEqual([]);
    expect(await readAll(reply)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test.each(['wrapped', 'checked'] as const)(
    'that a %s procedure hides is served all the same, and reported',
    async (path) => {
      const { reply, events } = await call(path);
      expect(events).toEqual([{ kind: 'raw_face_hidden', requestId: 'req_1', operation: path }]);
      expect(await readAll(reply)).toEqual([{ n: 1 }, { n: 2 }]);
    },
  );
});
