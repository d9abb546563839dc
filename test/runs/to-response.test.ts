import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import { withAnswerMembers } from '../../src/domain/call.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { jsonIn } from '../../src/runs/frames.ts';
import { KeptRun } from '../../src/runs/kept-run.ts';
import { OwnRun } from '../../src/runs/own-run.ts';
import { numberBehind } from '../../src/runs/to-response.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { openTestScope } from '../helpers/scope.ts';

const ID = 'resp_0123456789abcdef0123456789abcdef';
const event = (type: string, data: object): Buffer =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
const delta = (n: number, text = 'x'): Buffer =>
  event('response.output_text.delta', { sequence_number: n, delta: text });

/** A run of a response whose provider says what is added. */
async function running() {
  const requested = callOf({ operation: 'responses', input: { model: 'm', input: 'Hi', temperature: 0.5 } });
  const run = new KeptRun({
    id: ID,
    call: withAnswerMembers(requested, { id: ID, background: true }),
    scope: openTestScope(),
    abort: openAbortScope(),
    clock: fakeClock(5_000_000),
    form: 'chunks',
    disconnect: 'drain',
    graceMs: 0,
    maxBytes: 64 * 1024,
    onBytes: () => undefined,
    onEnd: () => undefined,
    onEvents: () => undefined,
  });
  const answer = createAnswerStream<unknown>({ pause: () => {}, resume: () => {}, cancel: () => {} });
  answer.setNamed();
  const add = (bytes: Buffer): void => {
    answer.add(bytes);
    answer.flush();
  };
  await run.follow(Promise.resolve({ kind: 'stream', stream: answer.stream }));
  return { run, answer, add };
}

const responseOf = (run: KeptRun) => new OwnRun(run, () => undefined).showResponse();

const COMMITTED = { type: 'committed', n: 1, provider: 'a', model: 'm', afterMs: 1 } as const;

describe('a run as a response', () => {
  test('is queued, then in progress, without output', async () => {
    const { run, add } = await running();
    expect(await responseOf(run)).toMatchObject({
      id: ID,
      object: 'response',
      created_at: 5000,
      status: 'queued',
      background: true,
      temperature: 0.5,
      output: [],
      error: null,
      usage: null,
    });
    run.add(COMMITTED);
    add(delta(0));
    expect(await responseOf(run)).toMatchObject({ status: 'in_progress', output: [], error: null });
  });

  test.each(['completed', 'incomplete'])(
    'is %s as its last event says, also before the stream has ended',
    async (status) => {
      const { run, answer, add } = await running();
      const response = {
        id: ID,
        object: 'response',
        status,
        output: [{ type: 'message' }],
        usage: { input_tokens: 1 },
      };
      add(event(`response.${status}`, { sequence_number: 0, response }));
      expect(await responseOf(run)).toMatchObject(response);
      answer.end({ kind: 'complete' });
      answer.flush();
      expect(run.over).toBe(true);
      expect(await responseOf(run)).toMatchObject(response);
    },
  );

  test('has failed where the event with its output is not kept any more, in place of an answer without output', async () => {
    const { run, answer, add } = await running();
    const response = { id: ID, object: 'response', status: 'completed', output: [{ text: 'x'.repeat(100_000) }] };
    add(event('response.completed', { sequence_number: 0, response }));
    answer.end({ kind: 'complete' });
    answer.flush();
    expect(await responseOf(run)).toMatchObject(response);
    while (run.log.dropOldest());
    expect(await responseOf(run)).toMatchObject({
      status: 'failed',
      output: [],
      error: { code: 'run_events_expired' },
    });
  });

  test.each([
    ['upstream_truncated', 'failed', { code: 'upstream_truncated', message: 'No.' }],
    ['shutting_down', 'failed', { code: 'shutting_down', message: 'No.' }],
    ['run_cancelled', 'cancelled', null],
  ] as const)('that ends with %s is %s', async (code, status, error) => {
    const { run, add } = await running();
    add(delta(0));
    run.fail(new GatewayError(code, { message: 'No.' }));
    expect(await responseOf(run)).toMatchObject({ status, error, output: [] });
  });
});

/** The sequence numbers of the events behind a number that are kept. */
const numbersBehind = (run: KeptRun, number: number): number[] => {
  const found: number[] = [];
  for (let at = number + 1; at <= run.log.last; at++) {
    const frame = run.frameAt(at);
    if (frame.isChunk)
      found.push((JSON.parse(jsonIn(frame).toString()) as { sequence_number: number }).sequence_number);
  }
  return found;
};

describe('the event behind which a reader continues', () => {
  test('is the last one up to its sequence number, whatever lies between, unless the next one is not kept any more', async () => {
    const item = fc.record({ own: fc.boolean(), size: fc.constantFrom(1, 2000) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 40 }),
        fc.nat(3),
        fc.nat(45),
        async (items, dropped, sequenceNumber) => {
          const { run, add } = await running();
          let count = 0;
          for (const { own, size } of items) {
            if (own) run.add(COMMITTED);
            else add(delta(count++, 'x'.repeat(size)));
          }
          for (let n = 0; n < dropped; n++) run.log.dropOldest();
          const wanted = Array.from({ length: count }, (_, n) => n).filter((n) => n > sequenceNumber);
          const kept = numbersBehind(run, run.log.first - 1);
          if (wanted.some((n) => !kept.includes(n)))
            expect(() => numberBehind(run, sequenceNumber)).toThrow(
              expect.objectContaining({ code: 'run_events_expired' }),
            );
          else expect(numbersBehind(run, numberBehind(run, sequenceNumber))).toEqual(wanted);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('is the first one of a provider that numbers nothing', async () => {
    const { run, add } = await running();
    add(event('response.output_text.delta', { delta: 'x' }));
    expect(numberBehind(run, 3)).toBe(0);
  });
});
