import { expectTypeOf, test } from 'vitest';
import type { ChatCompletion, ChatCompletionChunk } from '../../src/domain/chat.ts';
import type { EventStream } from '../../src/domain/event-stream.ts';
import type { LimitStatus } from '../../src/domain/limit-list.ts';
import type { Health, ModelList } from '../../src/domain/models.ts';
import type { WatchedEvent } from '../../src/domain/watched-event.ts';
import type { Caller } from '../../src/router/caller.ts';

const caller = {} as Caller;

test('the caller in process has every procedure of the router, with the types of its values', () => {
  expectTypeOf(caller.chat.completions.create).returns.resolves.toEqualTypeOf<ChatCompletion>();
  expectTypeOf(caller.models.list).returns.resolves.toEqualTypeOf<ModelList>();
  expectTypeOf(caller.health.ready).returns.resolves.toEqualTypeOf<Health>();
  expectTypeOf<keyof Caller>().toEqualTypeOf<
    | 'audit'
    | 'sessions'
    | 'chat'
    | 'config'
    | 'providers'
    | 'usage'
    | 'completions'
    | 'responses'
    | 'messages'
    | 'embeddings'
    | 'models'
    | 'chains'
    | 'runs'
    | 'limits'
    | 'events'
    | 'health'
    | 'requests'
    | 'keys'
    | 'tenants'
  >();
});

test('a subscription resolves with an event stream of its items', () => {
  expectTypeOf(caller.chat.completions.stream).returns.resolves.toEqualTypeOf<EventStream<ChatCompletionChunk>>();
  expectTypeOf(caller.limits.watch).returns.resolves.toEqualTypeOf<EventStream<LimitStatus>>();
  expectTypeOf(caller.events.watch).returns.resolves.toEqualTypeOf<EventStream<WatchedEvent>>();
});

test('inputs are checked, and options may follow every one', () => {
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  void (() => caller.chat.completions.create({ messages }, { deadline: 5, commit: 'headers' }));
  void (() => caller.models.list(undefined, { signal: AbortSignal.timeout(1) }));
  // @ts-expect-error -- the messages are missing
  void (() => caller.chat.completions.create({ model: 'default' }));
  // @ts-expect-error -- whole answers are `create`'s
  void (() => caller.chat.completions.create({ messages, stream: true }));
  // @ts-expect-error -- there is no such procedure
  void (() => caller.chat.completions.delete());
});
