import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { type EventStream, raw, type RawSink, type StreamEnd } from '../../src/domain/event-stream.ts';
import { earlyStream } from '../../src/sse/early-stream.ts';
import { restFraming } from '../../src/sse/framing.ts';
import { pump, type Sink } from '../../src/sse/pump.ts';
import { fakeClock } from '../helpers/clock.ts';

/** A stream that a test speaks for, and what was asked of it. */
function spokenStream(early?: boolean) {
  const asked: string[] = [];
  let sink: RawSink | undefined;
  const stream: EventStream<unknown> = {
    early,
    [raw](given) {
      sink = given;
      return {
        pause: () => void asked.push('pause'),
        resume: () => void asked.push('resume'),
        cancel: (code) => void asked.push(code),
      };
    },
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }),
    [Symbol.asyncDispose]: () => Promise.resolve(void asked.push('dispose')),
  };
  return {
    stream,
    asked,
    say: (text: string) => sink?.events(Buffer.from(text)),
    end: (end: StreamEnd) => sink?.end(end),
  };
}

/** A reader who takes what he is told to take. */
function reader() {
  const told: string[] = [];
  const listeners: Record<'drain' | 'progress' | 'close', (() => void)[]> = { drain: [], progress: [], close: [] };
  const state = { full: false };
  const sink: Sink = {
    write(bytes) {
      told.push(String(bytes));
      return !state.full;
    },
    onDrain: (listener) => void listeners.drain.push(listener),
    onProgress: (listener) => void (listeners.progress = [listener]),
    onClose: (listener) => void listeners.close.push(listener),
    end: () => void told.push('<end>'),
    destroy: () => void told.push('<destroyed>'),
  };
  const tell = (what: keyof typeof listeners): void => listeners[what].forEach((listener) => listener());
  return { sink, told, state, tell };
}

function start(early?: boolean) {
  const clock = fakeClock();
  const source = spokenStream(early);
  const read = reader();
  pump(source.stream, read.sink, { clock, writeIdle: 60_000, framing: restFraming(({ wire }) => ({ error: wire })) });
  return { clock, ...source, ...read };
}

describe('a pump', () => {
  test('keeps a silent stream alive every 15 s, by a line without a blank one after it', () => {
    const { clock, say, told } = start();
    say('data: {}\n\n');
    clock.advance(14_999);
    expect(told).toEqual(['data: {}\n\n']);
    clock.advance(1);
    clock.advance(15_000);
    expect(told).toEqual(['data: {}\n\n', ': keep-alive\n', ': keep-alive\n']);
    clock.advance(10_000);
    say('data: {}\n\n');
    clock.advance(14_999);
    expect(told).toHaveLength(4);
  });

  test('says nothing to a reader who does not read, and drops him when he has taken nothing for writeIdle', () => {
    const { clock, say, told, state, tell, asked } = start();
    state.full = true;
    say('data: {}\n\n');
    expect(asked).toEqual(['resume', 'pause']);
    clock.advance(50_000);
    tell('progress');
    clock.advance(59_999);
    expect(told).toEqual(['data: {}\n\n']);
    clock.advance(1);
    expect([told.at(-1), asked.at(-1)]).toEqual(['<destroyed>', 'write_idle']);
    expect(clock.waiting()).toBe(0);
  });

  test('goes on when he can take more', () => {
    const { clock, say, state, tell, asked, told } = start();
    state.full = true;
    say('data: {}\n\n');
    state.full = false;
    tell('drain');
    expect(asked).toEqual(['resume', 'pause', 'resume']);
    clock.advance(60_000);
    expect(told).not.toContain('<destroyed>');
  });

  test('drops a reader who does not take the end either', () => {
    const { clock, say, end, told, tell } = start();
    say('data: {}\n\n');
    end({ kind: 'complete' });
    expect(told).toEqual(['data: {}\n\n', 'data: [DONE]\n\n', '<end>']);
    clock.advance(59_999);
    tell('progress');
    clock.advance(59_999);
    expect(told.at(-1)).toBe('<end>');
    clock.advance(1);
    expect(told.at(-1)).toBe('<destroyed>');
  });

  test('leaves no timer behind a reader who has all', () => {
    const { clock, say, end, tell } = start();
    say('data: {}\n\n');
    end({ kind: 'failed', error: new GatewayError('upstream_truncated', { message: 'cut' }) });
    tell('close');
    expect(clock.waiting()).toBe(0);
  });

  test('begins with a comment where there is no answer yet', () => {
    expect(start(true).told).toEqual([': keep-alive\n']);
    expect(start().told).toEqual([]);
  });
});

describe('a stream that stands for one to come', () => {
  const error = new GatewayError('all_providers_exhausted', { message: 'none' });

  test('gives its reader what came, and steers it as he has steered before', async () => {
    const coming = Promise.withResolvers<EventStream<unknown>>();
    const source = spokenStream();
    const told: string[] = [];
    const control = earlyStream(coming.promise, () => told.push('left'))[raw]({
      events: (bytes) => void told.push(String(bytes)),
      end: ({ kind }) => void told.push(kind),
    });
    control.resume();
    coming.resolve(source.stream);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    source.say('data: {}\n\n');
    source.end({ kind: 'complete' });
    expect([source.asked, told]).toEqual([['resume'], ['data: {}\n\n', 'complete']]);
  });

  test('tells a failure when its reader is ready for it', async () => {
    const told: string[] = [];
    const control = earlyStream(Promise.reject(error), () => undefined)[raw]({
      events: () => undefined,
      end: (end) => void told.push(end.kind === 'failed' ? end.error.code : end.kind),
    });
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(told).toEqual([]);
    control.resume();
    expect(told).toEqual(['all_providers_exhausted']);
  });

  test.each(['bytes', 'chunks', 'nothing'])(
    'that is left before it came, %s of it taken, leaves what comes',
    async (face) => {
      const coming = Promise.withResolvers<EventStream<unknown>>();
      const source = spokenStream();
      let left = 0;
      const early = earlyStream(coming.promise, () => left++);
      if (face === 'bytes') early[raw]({ events: () => undefined, end: () => undefined }).cancel('client_closed');
      else if (face === 'chunks') await early[Symbol.asyncIterator]().return?.();
      else await early[Symbol.asyncDispose]();
      coming.resolve(source.stream);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      expect([left, source.asked]).toEqual([1, ['dispose']]);
    },
  );

  test('has one reader', () => {
    const early = earlyStream(new Promise<never>(() => undefined), () => undefined);
    early[raw]({ events: () => undefined, end: () => undefined });
    expect(() => early[Symbol.asyncIterator]()).toThrow('one consumer');
  });
});
