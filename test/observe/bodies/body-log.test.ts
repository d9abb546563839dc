import { afterEach, expect, test } from 'vitest';
import type { Answer } from '../../../src/attempt/answer.ts';
import type { RunChain } from '../../../src/chain/run.ts';
import { BODY_REDACTIONS, type BodyRules } from '../../../src/domain/body-rules.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { type EventStream, raw, type RawSink } from '../../../src/domain/event-stream.ts';
import type { RequestScope } from '../../../src/domain/scope.ts';
import { createBodyLog } from '../../../src/observe/bodies/body-log.ts';
import type { Store } from '../../../src/store/store.ts';
import type { StoredBody } from '../../../src/store/request-log/stored-body.ts';
import { callOf } from '../../helpers/call.ts';
import { fakeClock } from '../../helpers/clock.ts';
import { HELLO } from '../../helpers/hello.ts';

const RULES: BodyRules = {
  chains: new Set(['default']),
  sample: 1,
  maxBytes: 10_000,
  mayOptOut: false,
  known: BODY_REDACTIONS,
  patterns: [],
  secrets: [],
};
const ROW = 1n;
const EVENT = Buffer.from(`data: "${'x'.repeat(90)}"\n\n`);

const disposals: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposals.splice(0)) await each[Symbol.asyncDispose]();
});

/** A stream whose bytes the test hands out. */
function streamOf(): { stream: EventStream<unknown>; sink: () => RawSink } {
  let sink: RawSink | undefined;
  const stream: EventStream<unknown> = {
    [raw](given) {
      sink = given;
      return { pause: () => undefined, resume: () => undefined, cancel: () => undefined };
    },
    [Symbol.asyncIterator]: () => {
      throw new Error('not iterated');
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { stream, sink: () => sink ?? (undefined as never) };
}

interface Options {
  readonly rules?: BodyRules | undefined;
  readonly buffer?: number;
  readonly random?: number;
  readonly options?: RequestScope['options'];
}

function rig({ buffer = 1e6, random = 0, options = {}, ...given }: Options = {}) {
  const rules = 'rules' in given ? given.rules : RULES;
  const clock = fakeClock();
  const written: StoredBody[] = [];
  const requestLog: Partial<Store['requestLog']> = {
    async writeBodies(bodies) {
      written.push(...bodies);
      return bodies.length;
    },
  };
  const log = createBodyLog({
    store: { requestLog: requestLog as Store['requestLog'] },
    clock,
    random: () => random,
    buffer: () => buffer,
    flushRows: () => Promise.resolve(),
    onProblem: () => undefined,
  });
  disposals.push(log);
  const scope: Partial<RequestScope> = {
    id: 'req_1',
    options,
    snapshot: { bodies: rules } as RequestScope['snapshot'],
    report: { chain: 'default' } as RequestScope['report'],
  };
  const serveBy = (run: RunChain): Promise<Answer> =>
    log.capturing(run)(callOf({ input: HELLO }), scope as RequestScope);
  const serve = (answer: Promise<Answer>): Promise<Answer> => serveBy(() => answer);
  /** Serves a stream, and returns what writes to it, and what its reader gets. */
  async function serveStream() {
    const { stream, sink } = streamOf();
    const answer = await serve(Promise.resolve({ kind: 'stream', stream }));
    if (answer.kind !== 'stream') throw new Error('no stream');
    const read: Buffer[] = [];
    answer.stream[raw]({ events: (bytes) => void read.push(bytes), end: () => undefined });
    return { sink: sink(), read };
  }
  const facts = (): unknown[] => written.map((body) => JSON.parse(body.facts) as unknown);
  return { clock, log, serve, serveBy, serveStream, facts };
}

test('without rules, and without luck, the runner’s own promise is returned', () => {
  const answer = new Promise<Answer>(() => undefined);
  expect(rig({ rules: undefined }).serve(answer)).toBe(answer);
  expect(rig({ random: 1 }).serve(answer)).toBe(answer);
  expect(rig({ rules: { ...RULES, chains: new Set(['other']) } }).serve(answer)).toBe(answer);
});

test('a stream is written once its request and its bytes have ended, in whichever order', async () => {
  for (const order of ['row first', 'end first']) {
    const { log, serveStream, facts } = rig();
    const { sink, read } = await serveStream();
    sink.events(EVENT);
    if (order === 'row first') log.rowMade('req_1', ROW);
    else sink.end({ kind: 'complete' });
    await log.flush(1e6);
    expect(facts()).toEqual([]);
    if (order === 'row first') sink.end({ kind: 'complete' });
    else log.rowMade('req_1', ROW);
    await log.flush(1e6);
    expect(facts()).toMatchObject([{ answer: { size: 100, cut: false } }]);
    expect([read, log.counters.bytes]).toEqual([[EVENT], 0]);
  }
});

test('a stream that nobody reads to its end is written after a while, and takes no more memory', async () => {
  const { clock, log, serveStream, facts } = rig();
  const { sink } = await serveStream();
  sink.events(EVENT);
  log.rowMade('req_1', ROW);
  clock.advance(30_000);
  for (let n = 0; n < 10; n++) sink.events(EVENT);
  await log.flush(1e6);
  expect(facts()).toMatchObject([{ answer: { size: 100, cut: true } }]);
  expect(log.counters.bytes).toBe(0);
});

test('what never gets a row is given up', async () => {
  const { clock, log, serveStream } = rig();
  const { sink } = await serveStream();
  sink.events(EVENT);
  sink.end({ kind: 'complete' });
  expect(log.counters.bytes).toBeGreaterThan(100);
  clock.advance(30_000);
  expect(log.counters.bytes).toBe(0);
});

test('a stream for which there is no room is dropped, and its reader gets all of it', async () => {
  const { log, serveStream } = rig({ buffer: 500 });
  const { sink, read } = await serveStream();
  for (let n = 0; n < 10; n++) sink.events(EVENT);
  expect([read.length, log.counters.bytes, log.counters.dropped.buffer_full]).toEqual([10, 0, 1]);
  sink.end({ kind: 'complete' });
  log.rowMade('req_1', ROW);
  expect([log.counters.bytes, log.counters.dropped.buffer_full]).toEqual([0, 1]);
});

test('of a long stream whole events are taken, up to the limit and what lies at the cut', async () => {
  const { log, serveStream, facts } = rig({ rules: { ...RULES, maxBytes: 1024 } });
  const { sink } = await serveStream();
  for (let n = 0; n < 1000; n++) sink.events(Buffer.concat([EVENT, EVENT, EVENT]));
  expect(log.counters.bytes).toBeLessThan(1024 + 16 * 1024 + 200);
  sink.end({ kind: 'complete' });
  log.rowMade('req_1', ROW);
  await log.flush(1e6);
  expect(facts()).toMatchObject([{ answer: { size: 300_000, cut: true } }]);
});

test('what refuses a request is rejected as it was, at once or later, and its request is kept', async () => {
  const refused = new GatewayError('rate_limit_exceeded', { message: 'Too many.' });
  const atOnce: RunChain = () => {
    throw refused;
  };
  for (const run of [atOnce, () => Promise.reject(refused)]) {
    const { log, serveBy, facts } = rig();
    await expect(serveBy(run)).rejects.toBe(refused);
    log.rowMade('req_1', ROW);
    await log.flush(1e6);
    expect(facts()).toMatchObject([{ request: { cut: false } }]);
    expect(facts()[0]).not.toHaveProperty('answer');
  }
});

test('a request that opts out is refused where it may not', () => {
  const { serve } = rig({ options: { log: 'none' } });
  expect(() => serve(new Promise(() => undefined))).toThrow('log.optOut: true');
});
