import { describe, expect, test } from 'vitest';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import { createWebSink } from '../../src/web/web-sink.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { restFraming } from '../../src/sse/framing.ts';
import { pump } from '../../src/sse/pump.ts';
import { fakeClock } from '../helpers/clock.ts';

const event = (size: number): Buffer => Buffer.from(`data: ${JSON.stringify('x'.repeat(size))}\n\n`);

/** A stream that is pumped to a reader in process, and the calls of its source. */
function start() {
  const clock = fakeClock();
  const calls: string[] = [];
  const answer = createAnswerStream<unknown>({
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    cancel: (code) => void calls.push(code),
  });
  const signal = new AbortController();
  const web = createWebSink(() => void calls.push('cancelled'), signal.signal);
  pump(answer.stream, web.sink, {
    framing: restFraming(OPERATIONS['chat.completions'], { id: 'req_1', clientRequestId: undefined }),
    clock,
    writeIdle: 1000,
  });
  calls.length = 0;
  return {
    clock,
    calls,
    answer,
    signal,
    reader: web.readable.getReader(),
    add: (bytes: Buffer): void => {
      answer.add(bytes);
      answer.flush();
    },
  };
}

describe('BP-03 a reader in process', () => {
  test('that takes one small event after the other is not dropped, however many bytes wait behind them', async () => {
    const { clock, calls, answer, reader, add } = start();
    for (let n = 0; n < 60; n++) add(event(10));
    add(event(2_000_000));
    expect(calls).toEqual(['pause']);
    for (let n = 0; n < 60; n++) {
      expect((await reader.read()).value).toHaveLength(event(10).length);
      clock.advance(150);
    }
    expect((await reader.read()).value).toHaveLength(event(2_000_000).length);
    expect(calls).toEqual(['pause', 'resume']);
    answer.end({ kind: 'complete' });
    expect(String(Buffer.from((await reader.read()).value ?? []))).toBe('data: [DONE]\n\n');
    expect(await reader.read()).toMatchObject({ done: true });
    expect(clock.waiting()).toBe(0);
  });

  test('that takes nothing is dropped', async () => {
    const { clock, calls, reader, add } = start();
    add(event(70_000));
    clock.advance(999);
    expect(calls).toEqual(['pause']);
    clock.advance(1);
    expect(calls).toEqual(['pause', 'write_idle']);
    await expect(reader.read()).rejects.toMatchObject({ code: 'client_closed' });
  });

  test('has unlimited time for the rest of an ended answer', async () => {
    const { clock, answer, reader, add } = start();
    add(event(10));
    answer.end({ kind: 'complete' });
    clock.advance(3_600_000);
    const pieces = [await reader.read(), await reader.read()].map(({ value }) => String(Buffer.from(value ?? [])));
    expect(pieces).toEqual([String(event(10)), 'data: [DONE]\n\n']);
    expect(await reader.read()).toMatchObject({ done: true });
  });

  test('that waits receives each write at once', async () => {
    const { calls, reader, add } = start();
    const reads = [reader.read(), reader.read()];
    await Promise.resolve();
    add(event(70_000));
    add(event(1));
    expect((await Promise.all(reads)).map(({ value }) => value?.length)).toEqual(
      [event(70_000), event(1)].map(({ length }) => length),
    );
    expect(calls).toEqual([]);
  });

  test('that cancels or aborts ends the source once, and sees an abort as its reason', async () => {
    const cancelled = start();
    cancelled.add(event(10));
    await cancelled.reader.cancel();
    expect(cancelled.calls).toEqual(['client_closed', 'cancelled']);
    const aborted = start();
    aborted.add(event(10));
    aborted.signal.abort(new Error('enough'));
    await expect(aborted.reader.read()).rejects.toThrow('enough');
    expect(aborted.calls).toEqual(['client_closed', 'cancelled']);
    for (const { clock } of [cancelled, aborted]) expect(clock.waiting()).toBe(0);
  });
});
