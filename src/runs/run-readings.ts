import { tracked, type TrackedEnvelope } from '@trpc/server';
import { abortError } from '../domain/abort-error.ts';
import type { ChatCompletionChunk } from '../domain/chat.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { RunEvent, TrackedData } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { EventPosition } from './event-position.ts';
import type { FoundRun } from './found-run.ts';
import { chunksForm, eventsForm, type ReadForm } from './read-form.ts';
import { readRun } from './read-run.ts';
import type { RunPlace } from './readable-run.ts';

/** The events of a run as tRPC streams them, each with its id. */
export type RunEvents = TrackedEnvelope<RunEvent<ChatCompletionChunk>>;

/** Which events a request reads. */
export interface EventsReading extends EventPosition {
  /** Over REST: the chunks only unless `all`. */
  readonly include?: 'all' | undefined;
}

/** Most readers of one run: each is a connection that stays open. */
const MAX_READERS = 100;

const AS_EVENTS = eventsForm<ChatCompletionChunk, RunEvents>(tracked);
/** In process, events are what tRPC's clients get of tracked ones. */
const AS_DATA = eventsForm<ChatCompletionChunk, TrackedData<RunEvent<ChatCompletionChunk>>>((id, data) => ({
  id,
  data,
}));
const AS_CHUNKS = chunksForm<ChatCompletionChunk>('chunks');
/** Items of tRPC's clients are the chunks themselves: an event with an id is another item there. */
const AS_BARE_CHUNKS = chunksForm<ChatCompletionChunk>('chunks', 'bare');
const AS_NAMED_EVENTS = chunksForm<ChatCompletionChunk>('all');

/**
 * Reads a run's events for a request, which ends with the reading. Over REST it gets chunks as a plain stream has them. Rejects as `numberAt` throws, and with
 * `too_many_subscriptions`.
 */
export async function readEvents(
  found: FoundRun,
  scope: RequestScope,
  { include, ...position }: EventsReading,
): Promise<EventStream<unknown>> {
  const asChunks = include === 'all' ? AS_NAMED_EVENTS : AS_CHUNKS;
  const place = await found.at(position);
  switch (scope.door) {
    case 'rest':
      return open(place, scope, asChunks);
    case 'trpc':
      return open(place, scope, AS_EVENTS);
    case 'process':
      return open(place, scope, AS_DATA);
  }
}

/**
 * Reads a run's answer for the request that has created it, as a plain stream of its operation: it resolves when that would, and rejects with the run's
 * failure before.
 */
export async function readAnswer(found: FoundRun, scope: RequestScope): Promise<EventStream<unknown>> {
  const place = await found.at(FROM_THE_START);
  const stream = readChunks(place, scope);
  const aborted = Promise.withResolvers<never>();
  using _ = onAbort(scope.signal, () => aborted.reject(abortError(abortCode(scope.signal))));
  try {
    await Promise.race([place.run.opened, aborted.promise]);
    return stream;
  } catch (thrown) {
    // Before the reading ends, which would finish the request as cancelled.
    scope.fail(GatewayError.from(thrown));
    await stream[Symbol.asyncDispose]();
    throw thrown;
  }
}

const FROM_THE_START: EventPosition = Object.freeze({ startingAfter: 0 });

/** The chunks of a run from a place on, as a plain stream of its operation has them. Over REST each has the id of its event. */
export function readChunks(place: RunPlace, scope: RequestScope): EventStream<unknown> {
  return open(place, scope, scope.door === 'trpc' ? AS_BARE_CHUNKS : AS_CHUNKS);
}

function open<Item>({ run, after }: RunPlace, scope: RequestScope, form: ReadForm<Item>): EventStream<Item> {
  if (run.readers >= MAX_READERS)
    throw new GatewayError('too_many_subscriptions', {
      message: `This run has ${MAX_READERS} readers; close one of them.`,
      shouldRetry: false,
    });
  return readRun(run, {
    after,
    form,
    signal: scope.signal,
    onEnd: (error) => scope.finish({ status: 200, code: error?.code ?? 'ok' }),
  });
}
