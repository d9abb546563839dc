import type { Run, RunError, RunEvent, RunOptions } from '#contract';
import { type ClientStream, clientStream, follow } from './client-stream.ts';
import { SpillwayError } from './error.ts';
import { openStream } from './open-stream.ts';
import { type Call, callProcedure } from './request.ts';

/** The events of a run. The stream resumes after each break of its connection; ending it early is a disconnect, for which the run has its policy. */
export interface RunStream<Event> extends ClientStream<Event> {
  /** The id of the last event so far, from which another stream can resume; undefined before the first. */
  readonly lastEventId: string | undefined;
  /** Ends the run. Resolves with its state, and the stream then ends with the run's last event. */
  cancel(): Promise<Run>;
}

/** A run that is read. */
export interface RunStreamCall extends Call {
  readonly input: { readonly runId: string; readonly lastEventId?: string | undefined };
  /** The URL of `runs.cancel`. */
  readonly cancelUrl: string;
}

/** Waits between two connections, in milliseconds: doubled from the first to the longest, and drawn from their upper half. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** Connections without an event after which the reading fails. */
const MAX_TRIES = 10;

/**
 * Reads a run by `runs.stream`, behind `lastEventId` where the input has one. Throws what the gateway refuses with, and the error of the last try
 * after ten without an event. A run that has failed ends with its event `error`, which is not thrown.
 */
export function openRunStream<Event>(call: RunStreamCall): RunStream<Event> {
  const left = new AbortController();
  let lastEventId = call.input.lastEventId;
  const events = read<Event>(call, left, {
    get: () => lastEventId,
    set: (id) => void (lastEventId = id),
  });
  return {
    ...clientStream(events, left),
    get lastEventId() {
      return lastEventId;
    },
    async cancel() {
      const { cancelUrl: url, headers, fetch, input } = call;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the procedure promises
      return (await callProcedure({ url, headers, fetch, input: { runId: input.runId } }, 'POST')) as Run;
    },
  };
}

interface LastEventId {
  get(): string | undefined;
  set(id: string): void;
}

async function* read<Event>(
  call: RunStreamCall,
  left: AbortController,
  last: LastEventId,
): AsyncGenerator<Event, undefined> {
  const { signal } = call;
  const unfollow = follow(signal, left);
  let tries = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const onId = (id: string): void => {
        tries = 0;
        last.set(id);
      };
      try {
        const input = { ...call.input, lastEventId: last.get() };
        yield* openStream<Event>({ ...call, input, signal: left.signal, onId });
        return undefined;
      } catch (error) {
        if (left.signal.aborted) break;
        if (!isTemporary(error) || ++tries >= MAX_TRIES) throw error;
      }
      await wait(tries, left.signal);
    }
  } finally {
    unfollow();
  }
  if (signal?.aborted === true) throw signal.reason;
  return undefined;
}

/** Codes after which the same run may be read again: the connection broke, or the gateway or a proxy in front of it has no room for now. */
const TEMPORARY: ReadonlySet<string | null> = new Set([
  'connection_failed',
  'incomplete_stream',
  'shutting_down',
  'not_ready',
  'overloaded',
]);

function isTemporary(error: unknown): boolean {
  if (!(error instanceof SpillwayError)) return false;
  return TEMPORARY.has(error.code) || (error.code === 'invalid_reply' && (error.status ?? 0) >= 500);
}

function wait(tries: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, tries - 1));
  const ms = longest * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

/** A call whose answer is read as a run. */
export interface RunCall extends Call {
  /** The URLs of the procedures of runs. */
  readonly createUrl: string;
  readonly streamUrl: string;
  readonly cancelUrl: string;
  readonly run: RunOptions;
}

/**
 * Creates a run and reads the chunks of its answer, across breaks of the connection. Throws the run's error. A `create` whose answer is lost is sent
 * again under the same idempotency key, so that it makes no second run. Ending the stream early is a disconnect, for which the run has its policy.
 */
export function openRunChunks<Chunk>(call: RunCall): ClientStream<Chunk> {
  const left = new AbortController();
  return clientStream(chunksOf<Chunk>(call, left), left);
}

async function* chunksOf<Chunk>(call: RunCall, left: AbortController): AsyncGenerator<Chunk, undefined> {
  const { createUrl: _, streamUrl, cancelUrl, run: __, signal, ...own } = call;
  const unfollow = follow(signal, left);
  try {
    signal?.throwIfAborted();
    const runId = await create(call, left.signal);
    const events = openRunStream<RunEvent<Chunk>>({
      ...own,
      signal: left.signal,
      url: streamUrl,
      cancelUrl,
      input: { runId },
    });
    for await (const event of events) {
      if (event.type === 'chunk') yield event.chunk;
      if (event.type === 'error') throw errorOfRun(event.error);
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!left.signal.aborted) throw error;
  } finally {
    unfollow();
  }
  return undefined;
}

async function create({ createUrl, input, run, ...call }: RunCall, signal: AbortSignal): Promise<string> {
  const options = { idempotencyKey: globalThis.crypto.randomUUID(), ...run };
  const body = { ...(typeof input === 'object' ? input : {}), run: options };
  for (let tries = 1; ; tries++) {
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the procedure promises
      return ((await callProcedure({ ...call, signal, url: createUrl, input: body }, 'POST')) as Run).id;
    } catch (error) {
      if (signal.aborted || !isTemporary(error) || tries >= MAX_TRIES) throw error;
      await wait(tries, signal);
    }
  }
}

/** tRPC's number for an internal error: the code and the status of a run's error are in its data. */
const INTERNAL_ERROR = -32603;

function errorOfRun({ message, ...data }: RunError): SpillwayError {
  return new SpillwayError({ code: 'invalid_reply', message }, { message, code: INTERNAL_ERROR, data });
}
