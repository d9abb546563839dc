import { describe, expect, test } from 'vitest';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import { raw } from '../../src/domain/event-stream.ts';
import { isEventStream } from '../../src/domain/event-stream.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { type Observer, observed } from '../../src/sse/observed.ts';

interface Chunk {
  readonly n: number;
}

function opened() {
  const cancelled: string[] = [];
  const answer = createAnswerStream<Chunk>({
    pause: () => undefined,
    resume: () => undefined,
    cancel: (code) => void cancelled.push(code),
  });
  const seen: unknown[] = [];
  const observer: Observer<Chunk> = {
    events: (bytes) => void seen.push(bytes.toString()),
    chunk: ({ n }) => void seen.push(n),
  };
  return { answer, cancelled, seen, stream: observed(answer.stream, observer) };
}

const event = (n: number): Buffer => Buffer.from(`data: {"n":${n}}\n\n`);

describe('an observed stream', () => {
  test('shows its chunks to the observer first, once each', async () => {
    const { answer, seen, stream } = opened();
    for (const n of [1, 2, 3]) answer.add(event(n));
    answer.end({ kind: 'complete' });
    for await (const { n } of stream) expect(seen.at(-1)).toBe(n);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('shows the bytes of its raw face first, and ends as the stream does', () => {
    const { answer, seen, stream } = opened();
    const sink: unknown[] = [];
    const control = stream[raw]({
      events: (bytes) => void sink.push([bytes.toString(), seen.length]),
      end: (result) => void sink.push(result.kind),
    });
    answer.add(event(1));
    control.resume();
    answer.flush();
    answer.end({ kind: 'failed', error: new GatewayError('upstream_truncated', { message: 'cut' }) });
    answer.flush();
    expect(sink).toEqual([[event(1).toString(), 1], 'failed']);
    expect(seen).toEqual([event(1).toString()]);
  });

  test('has both faces and the facts of the stream', () => {
    const { answer, stream } = opened();
    expect(isEventStream(stream)).toBe(true);
    expect([stream.named, stream.early]).toEqual([false, undefined]);
    answer.setNamed();
    expect(stream.named).toBe(true);
  });

  test.each(['a break', 'a dispose'])('ends the source by %s', async (way) => {
    const { answer, cancelled, seen, stream } = opened();
    answer.add(event(1));
    answer.add(event(2));
    if (way === 'a dispose') await stream[Symbol.asyncDispose]();
    else for await (const _ of stream) break;
    expect(new Set(cancelled)).toEqual(new Set(['client_closed']));
    expect(seen).toEqual(way === 'a dispose' ? [] : [1]);
  });

  test('throws the failure of the stream', async () => {
    const { answer, stream } = opened();
    answer.end({ kind: 'failed', error: new GatewayError('upstream_truncated', { message: 'cut' }) });
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'upstream_truncated' });
  });
});
