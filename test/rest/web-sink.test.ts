import { describe, expect, test } from 'vitest';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import { createWebSink } from '../../src/rest/web-sink.ts';
import { restFraming } from '../../src/sse/framing.ts';
import { pump } from '../../src/sse/pump.ts';
import { fakeClock } from '../helpers/clock.ts';

const event = (size: number): Buffer => Buffer.from(`data: ${JSON.stringify('x'.repeat(size))}\n\n`);

/** A stream that is pumped to a reader in process, and what is asked of its source. */
function start() {
  const clock = fakeClock();
  const asked: string[] = [];
  const answer = createAnswerStream<unknown>({
    pause: () => void asked.push('pause'),
    resume: () => void asked.push('resume'),
    cancel: (code) => void asked.push(code),
  });
  const caller = new AbortController();
  const web = createWebSink(() => void asked.push('left'), caller.signal);
  pump(answer.stream, web.sink, { framing: restFraming(() => ({})), clock, writeIdle: 1000 });
  asked.length = 0;
  return {
    clock,
    asked,
    answer,
    caller,
    reader: web.readable.getReader(),
    say: (bytes: Buffer): void => {
      answer.add(bytes);
      answer.flush();
    },
  };
}

describe('BP-03 a reader in process', () => {
  test('who takes one small event after the other is not dropped, however much waits behind them', async () => {
    const { clock, asked, answer, reader, say } = start();
    for (let n = 0; n < 60; n++) say(event(10));
    say(event(2_000_000));
    expect(asked).toEqual(['pause']);
    for (let n = 0; n < 60; n++) {
      expect((await reader.read()).value).toHaveLength(event(10).length);
      clock.advance(150);
    }
    expect((await reader.read()).value).toHaveLength(event(2_000_000).length);
    expect(asked).toEqual(['pause', 'resume']);
    answer.end({ kind: 'complete' });
    expect(String(Buffer.from((await reader.read()).value ?? []))).toBe('data: [DONE]\n\n');
    expect(await reader.read()).toMatchObject({ done: true });
    expect(clock.waiting()).toBe(0);
  });

  test('who takes nothing is dropped', async () => {
    const { clock, asked, reader, say } = start();
    say(event(70_000));
    clock.advance(999);
    expect(asked).toEqual(['pause']);
    clock.advance(1);
    expect(asked).toEqual(['pause', 'write_idle']);
    await expect(reader.read()).rejects.toMatchObject({ code: 'client_closed' });
  });

  test('has as much time as he likes for what came of an answer that is over', async () => {
    const { clock, answer, reader, say } = start();
    say(event(10));
    answer.end({ kind: 'complete' });
    clock.advance(3_600_000);
    const pieces = [await reader.read(), await reader.read()].map(({ value }) => String(Buffer.from(value ?? [])));
    expect(pieces).toEqual([String(event(10)), 'data: [DONE]\n\n']);
    expect(await reader.read()).toMatchObject({ done: true });
  });

  test('who waits gets what comes at once', async () => {
    const { asked, reader, say } = start();
    const reads = [reader.read(), reader.read()];
    await Promise.resolve();
    say(event(70_000));
    say(event(1));
    expect((await Promise.all(reads)).map(({ value }) => value?.length)).toEqual(
      [event(70_000), event(1)].map(({ length }) => length),
    );
    expect(asked).toEqual([]);
  });

  test('who leaves or aborts ends the source once, and an abort is what he sees', async () => {
    const gone = start();
    gone.say(event(10));
    await gone.reader.cancel();
    expect(gone.asked).toEqual(['client_closed', 'left']);
    const aborted = start();
    aborted.say(event(10));
    aborted.caller.abort(new Error('enough'));
    await expect(aborted.reader.read()).rejects.toThrow('enough');
    expect(aborted.asked).toEqual(['client_closed', 'left']);
    for (const { clock } of [gone, aborted]) expect(clock.waiting()).toBe(0);
  });
});
