import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { type EventStream, raw, type RawSink, type StreamEnd } from '../../src/domain/event-stream.ts';
import { earlyStream } from '../../src/sse/early-stream.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { type Framing, restFraming, trpcFraming } from '../../src/sse/framing.ts';
import { pump, type Sink } from '../../src/sse/pump.ts';
import { fakeClock } from '../helpers/clock.ts';

/** A stream whose events a test sends, and a record of the calls to its control. */
function manualStream(options: Partial<Pick<EventStream<unknown>, 'early'>> = {}) {
  const calls: string[] = [];
  let named: boolean | undefined;
  let sink: RawSink | undefined;
  const stream: EventStream<unknown> = {
    ...options,
    get named() {
      return named;
    },
    [raw](given) {
      sink = given;
      return {
        pause: () => void calls.push('pause'),
        resume: () => void calls.push('resume'),
        cancel: (code) => void calls.push(code),
      };
    },
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }),
    [Symbol.asyncDispose]: () => Promise.resolve(void calls.push('dispose')),
  };
  return {
    stream,
    calls,
    send: (text: string): void => {
      if (text.includes('event:')) named = true;
      sink?.events(Buffer.from(text));
    },
    end: (end: StreamEnd) => sink?.end(end),
  };
}

/** A sink that takes all bytes until it is set to full, and a record of its calls. */
function recordingSink() {
  const written: string[] = [];
  const listeners: Record<'drain' | 'progress' | 'close', (() => void)[]> = { drain: [], progress: [], close: [] };
  const state = { full: false };
  const sink: Sink = {
    write(bytes) {
      written.push(String(bytes));
      return !state.full;
    },
    onDrain: (listener) => void listeners.drain.push(listener),
    onProgress: (listener) => void (listeners.progress = [listener]),
    onClose: (listener) => void listeners.close.push(listener),
    end: () => void written.push('<end>'),
    destroy: () => void written.push('<destroyed>'),
  };
  const emit = (event: keyof typeof listeners): void => listeners[event].forEach((listener) => listener());
  return { sink, written, state, emit };
}

const REST = restFraming(
  { ...OPERATIONS['chat.completions'], errorEvents: ({ wire }) => `data: ${JSON.stringify({ error: wire })}\n\n` },
  { id: 'req_1', clientRequestId: undefined },
);
const TRPC = trpcFraming(({ wire }) => ({ error: wire }));

function start(options: { readonly early?: boolean; readonly framing?: Framing } = {}) {
  const clock = fakeClock();
  const source = manualStream({ early: options.early });
  const recording = recordingSink();
  pump(source.stream, recording.sink, { clock, writeIdle: 60_000, framing: options.framing ?? REST });
  return { clock, ...source, ...recording };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe('a pump', () => {
  test('keeps a silent stream alive every 15 s, by a line without a blank one after it', () => {
    const { clock, send, written } = start();
    send('data: {}\n\n');
    clock.advance(14_999);
    expect(written).toEqual(['data: {}\n\n']);
    clock.advance(1);
    clock.advance(15_000);
    expect(written).toEqual(['data: {}\n\n', ': keep-alive\n', ': keep-alive\n']);
    clock.advance(10_000);
    send('data: {}\n\n');
    clock.advance(14_999);
    expect(written).toHaveLength(4);
  });

  test('sends nothing to a client that does not read, and drops it when it has read nothing for writeIdle', () => {
    const { clock, send, written, state, emit, calls } = start();
    state.full = true;
    send('data: {}\n\n');
    expect(calls).toEqual(['resume', 'pause']);
    clock.advance(50_000);
    emit('progress');
    clock.advance(59_999);
    expect(written).toEqual(['data: {}\n\n']);
    clock.advance(1);
    expect([written.at(-1), calls.at(-1)]).toEqual(['<destroyed>', 'write_idle']);
    expect(clock.waiting()).toBe(0);
  });

  test('resumes when the sink can take more', () => {
    const { clock, send, state, emit, calls, written } = start();
    state.full = true;
    send('data: {}\n\n');
    state.full = false;
    emit('drain');
    expect(calls).toEqual(['resume', 'pause', 'resume']);
    clock.advance(60_000);
    expect(written).not.toContain('<destroyed>');
  });

  test('drops a client that does not read the end', () => {
    const { clock, send, end, written, emit } = start();
    send('data: {}\n\n');
    end({ kind: 'complete' });
    expect(written).toEqual(['data: {}\n\n', 'data: [DONE]\n\n', '<end>']);
    clock.advance(59_999);
    emit('progress');
    clock.advance(59_999);
    expect(written.at(-1)).toBe('<end>');
    clock.advance(1);
    expect(written.at(-1)).toBe('<destroyed>');
  });

  test('has no timer once the client has everything', () => {
    const { clock, send, end, emit } = start();
    send('data: {}\n\n');
    end({ kind: 'failed', error: new GatewayError('upstream_truncated', { message: 'cut' }) });
    emit('close');
    expect(clock.waiting()).toBe(0);
  });

  test('begins with a comment when there is no answer yet', () => {
    expect(start({ early: true }).written).toEqual([': keep-alive\n']);
    expect(start().written).toEqual([]);
  });
});

describe('a pump of named events', () => {
  test('keeps their names over REST', () => {
    const { send, written } = start();
    send('event: response.created\ndata: {}\n\ndata: {}\n\n');
    expect(written).toEqual(['event: response.created\ndata: {}\n\ndata: {}\n\n']);
  });

  test.each(['return', 'chunk', 'serialized-error', 'connected', 'ping'])(
    'strips the name %s over tRPC, where it would be a control message',
    (name) => {
      const { send, end, written } = start({ framing: TRPC });
      send('data: {"n":1}\n\n');
      send(`data: {"n":2}\n\nevent: ${name}\ndata: {"n":3}\n\nevent: ${name}\ndata: {"n":4}\n\n`);
      send('data: {"n":5}\n\n');
      end({ kind: 'complete' });
      expect(written).toEqual([
        TRPC.head,
        'data: {"n":1}\n\n',
        'data: {"n":2}\n\ndata: {"n":3}\n\ndata: {"n":4}\n\n',
        'data: {"n":5}\n\n',
        TRPC.complete,
        '<end>',
      ]);
    },
  );
});

describe('an early stream', () => {
  const error = new GatewayError('all_providers_exhausted', { message: 'none' });

  test('gives its sink the stream that arrives, paused or running as the sink last requested', async () => {
    const pending = Promise.withResolvers<EventStream<unknown>>();
    const source = manualStream();
    const received: string[] = [];
    const control = earlyStream(pending.promise, () => received.push('cancelled'))[raw]({
      events: (bytes) => void received.push(String(bytes)),
      end: ({ kind }) => void received.push(kind),
    });
    control.resume();
    pending.resolve(source.stream);
    await turns();
    source.send('data: {}\n\n');
    source.end({ kind: 'complete' });
    expect([source.calls, received]).toEqual([['resume'], ['data: {}\n\n', 'complete']]);
  });

  test('says whether its events are named, as the stream that arrives does', async () => {
    const source = manualStream();
    const early = earlyStream(Promise.resolve(source.stream), () => undefined);
    early[raw]({ events: () => undefined, end: () => undefined }).resume();
    expect(early.named).toBeUndefined();
    await turns();
    source.send('event: x\ndata: {}\n\n');
    expect(early.named).toBe(true);
  });

  test('reports a failure once its sink resumes', async () => {
    const ends: string[] = [];
    const control = earlyStream(Promise.reject(error), () => undefined)[raw]({
      events: () => undefined,
      end: (end) => void ends.push(end.kind === 'failed' ? end.error.code : end.kind),
    });
    await turns();
    expect(ends).toEqual([]);
    control.resume();
    expect(ends).toEqual(['all_providers_exhausted']);
  });

  test.each(['bytes', 'chunks', 'nothing'])(
    'that is cancelled before there is an answer, with %s of it taken, disposes a stream that arrives later',
    async (face) => {
      const pending = Promise.withResolvers<EventStream<unknown>>();
      const source = manualStream();
      let cancels = 0;
      const early = earlyStream(pending.promise, () => cancels++);
      if (face === 'bytes') early[raw]({ events: () => undefined, end: () => undefined }).cancel('client_closed');
      else if (face === 'chunks') await early[Symbol.asyncIterator]().return?.();
      else await early[Symbol.asyncDispose]();
      pending.resolve(source.stream);
      await turns();
      expect([cancels, source.calls]).toEqual([1, ['dispose']]);
    },
  );

  test('has one consumer', () => {
    const early = earlyStream(new Promise<never>(() => undefined), () => undefined);
    early[raw]({ events: () => undefined, end: () => undefined });
    expect(() => early[Symbol.asyncIterator]()).toThrow('one consumer');
  });
});
