import { expect, test } from 'vitest';
import type { AttemptResult, EndedStream } from '../../src/attempt/answer.ts';
import { failureOfAbort } from '../../src/attempt/failures.ts';
import type { Selected } from '../../src/chain/candidates.ts';
import { race, type RaceOptions, type Turn } from '../../src/chain/race.ts';
import type { ChainRequest } from '../../src/chain/tools.ts';
import type { EventStream } from '../../src/domain/event-stream.ts';
import type { Failure } from '../../src/domain/outcome.ts';
import { abortCode, onAbort, openAbortScope } from '../../src/lib/abort.ts';
import { fakeClock } from '../helpers/clock.ts';
import { openTestScope } from '../helpers/scope.ts';

/** An attempt of a test, which the test ends. */
interface Try {
  readonly hedge: boolean;
  readonly request: ChainRequest;
  end(result: AttemptResult): void;
  throw(error: Error): void;
}

const DELAY_MS = 100;
const answerOf = (name: string): AttemptResult => ({
  kind: 'answered',
  answer: { kind: 'stream', stream: { name } as unknown as EventStream<unknown> },
});
const failed = (kind: Failure['kind']): AttemptResult => ({
  kind: 'failed',
  failure: { kind, message: kind },
  added: [],
});
const ENDED: EndedStream = {
  end: { kind: 'complete' },
  usage: { input: 7, output: 3, source: 'estimated' },
  bytes: 1,
  failure: undefined,
};

function selectedOf(released: string[], name: string): Selected {
  const hold = { release: (verdict: string) => released.push(`${name} ${verdict}`) };
  return { kind: 'selected', planned: { name }, hold } as unknown as Selected;
}

function startRace(own: Partial<RaceOptions> = {}) {
  const clock = fakeClock();
  const abort = openAbortScope();
  const tries: Try[] = [];
  const recorded: string[] = [];
  const released: string[] = [];
  const ends: EndedStream[] = [];
  const request = {
    scope: openTestScope({ abort }),
    onStreamEnd: (end: EndedStream) => void ends.push(end),
  } as unknown as ChainRequest;
  const turn: Promise<Turn> = race({
    request,
    clock,
    first: selectedOf(released, 'first'),
    delay: DELAY_MS,
    takeSecond: async () => selectedOf(released, 'second'),
    attempt: (selected, ownRequest, hedge) => {
      const { promise, resolve, reject } = Promise.withResolvers<AttemptResult>();
      onAbort(ownRequest.scope.signal, () =>
        setImmediate(resolve, {
          kind: 'failed',
          failure: failureOfAbort(abortCode(ownRequest.scope.signal)),
          added: [],
        }),
      );
      tries.push({ hedge, request: ownRequest, end: resolve, throw: reject });
      // The first one's result takes longer through its callers, in the same turn.
      let late = promise;
      const steps = hedge ? 0 : 20;
      for (let n = 0; n < steps; n++) late = late.then((result) => result);
      return { begun: { planned: selected.planned, n: tries.length, hedge, startedAt: 0 }, result: late };
    },
    record: ({ hedge, result }) =>
      void recorded.push(`${hedge ? 'second' : 'first'} ${result.failure.reason ?? result.failure.kind}`),
    isFinal: ({ kind }) => kind === 'invalid_request' || kind === 'cancelled',
    ...own,
  });
  return { clock, abort, tries, recorded, released, ends, turn };
}

/** Lets the second attempt start. */
async function startBoth(own: Partial<RaceOptions> = {}) {
  const race = startRace(own);
  race.clock.advance(DELAY_MS);
  while (race.tries.length < 2) await new Promise(setImmediate);
  const [first, second] = race.tries as [Try, Try];
  return { ...race, first, second };
}

test('a first attempt that ends in time has no rival, and leaves no timer', async () => {
  const { clock, tries, turn } = startRace();
  clock.advance(DELAY_MS - 1);
  tries[0]?.end(answerOf('first'));
  expect((await turn).answered).toMatchObject({ hedge: false });
  clock.advance(DELAY_MS);
  expect([tries.length, clock.waiting()]).toEqual([1, 0]);
});

test.each([
  ['the first one’s earlier', ['first', 'second']],
  ['the second one’s earlier', ['second', 'first']],
] as const)('of two answers in one turn of the event loop the first target’s wins, %s', async (_, order) => {
  const { first, second, recorded, ends, turn } = await startBoth();
  for (const name of order) (name === 'first' ? first : second).end(answerOf(name));
  // The stream of the loser ends when it is cancelled, which is no end of the answer.
  onAbort(second.request.scope.signal, () => second.request.onStreamEnd(ENDED));
  expect(await turn).toMatchObject({ answered: { hedge: false }, failed: [] });
  expect([recorded, ends]).toEqual([['second hedge_lost'], []]);
  expect([first.request.scope.signal.aborted, second.request.scope.signal.aborted]).toEqual([false, true]);
});

test('an answer a turn earlier wins, whichever target’s it is', async () => {
  const { first, second, recorded, turn } = await startBoth();
  second.end(answerOf('second'));
  await new Promise(setImmediate);
  first.end(answerOf('first'));
  expect((await turn).answered).toMatchObject({ hedge: true });
  expect(recorded).toEqual(['first hedge_lost']);
  expect(abortCode(first.request.scope.signal)).toBe('hedge_lost');
});

test.each([
  ['before the race is decided', true],
  ['after it', false],
])('the end of the winner’s stream is reported once, also %s', async (_, before) => {
  const { second, ends, turn } = await startBoth();
  if (before) second.request.onStreamEnd(ENDED);
  second.end(answerOf('second'));
  await turn;
  if (!before) second.request.onStreamEnd(ENDED);
  expect(ends).toEqual([ENDED]);
});

test('what an answer that came too late has used is in its step', async () => {
  const steps: (number | undefined)[] = [];
  const { first, second, turn } = await startBoth({ record: ({ result }) => void steps.push(result.used?.output) });
  second.request.onStreamEnd(ENDED);
  for (const each of [first, second]) each.end(answerOf(''));
  await turn;
  expect(steps).toEqual([3]);
});

test('what whole JSON that came too late has used is in its step, with the time of its connection', async () => {
  const steps: (number | undefined)[] = [];
  const { first, second, turn } = await startBoth({
    record: ({ result }) => void steps.push(result.used?.output, result.connectedAt),
  });
  for (const each of [first, second])
    each.end({ kind: 'answered', answer: { kind: 'json', value: {}, usage: ENDED.usage, bytes: 2 }, connectedAt: 7 });
  await turn;
  expect(steps).toEqual([ENDED.usage.output, 7]);
});

test('an attempt that fails leaves the race to the other one, and both may fail', async () => {
  const { first, second, recorded, turn } = await startBoth();
  second.end(failed('overloaded'));
  await new Promise(setImmediate);
  expect(first.request.scope.signal.aborted).toBe(false);
  first.end(failed('silent'));
  const { answered, failed: failures } = await turn;
  expect([answered, failures.map(({ result }) => result.failure.kind)]).toEqual([undefined, ['overloaded', 'silent']]);
  expect(recorded).toEqual(['second overloaded', 'first silent']);
});

test('a final failure of the first target cancels the second one, and one of the second does not end the race', async () => {
  const one = await startBoth();
  one.first.end(failed('invalid_request'));
  expect((await one.turn).failed.map(({ hedge }) => hedge)).toEqual([false]);
  expect(one.recorded).toEqual(['first invalid_request', 'second hedge_lost']);
  const other = await startBoth();
  other.second.end(failed('invalid_request'));
  await new Promise(setImmediate);
  other.first.end(answerOf('first'));
  expect((await other.turn).answered).toMatchObject({ hedge: false });
});

test('a request that is cancelled ends both with its own reason', async () => {
  const { abort, recorded, turn } = await startBoth();
  abort.abort('client_closed');
  expect((await turn).answered).toBeUndefined();
  expect(recorded).toEqual(['first cancelled', 'second cancelled']);
});

test('a second target that is taken after the first one has answered is given back', async () => {
  const taking = Promise.withResolvers<Selected>();
  const { clock, tries, turn } = startRace({ takeSecond: () => taking.promise });
  clock.advance(DELAY_MS);
  await new Promise(setImmediate);
  tries[0]?.end(answerOf('first'));
  await new Promise(setImmediate);
  const released: string[] = [];
  taking.resolve(selectedOf(released, 'second'));
  expect((await turn).answered).toMatchObject({ hedge: false });
  expect([tries.length, released]).toEqual([1, ['second neither']]);
});

test('a first attempt that throws rejects the race and cancels the second one', async () => {
  const { first, second, turn } = await startBoth();
  first.throw(new Error('a defect'));
  await expect(turn).rejects.toThrow('a defect');
  expect(second.request.scope.signal.aborted).toBe(true);
});

test('a first attempt that throws when it has lost changes nothing', async () => {
  const { first, second, recorded, turn } = await startBoth();
  onAbort(first.request.scope.signal, () => first.throw(new Error('a defect')));
  second.end(answerOf('second'));
  expect((await turn).answered).toMatchObject({ hedge: true });
  expect(recorded).toEqual([]);
});

test('a second attempt that throws has failed', async () => {
  const { first, second, recorded, turn } = await startBoth();
  second.throw(new Error('a defect'));
  await new Promise(setImmediate);
  first.end(answerOf('first'));
  expect((await turn).answered).toMatchObject({ hedge: false });
  expect(recorded).toEqual(['second malformed']);
});
