import { afterAll, expect, test } from 'vitest';
import { createRunner, type RunChain } from '../../src/chain/run.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { createWaterfallTools } from '../../src/chain/tools.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { codecOf } from '../../src/dialects/codec-of.ts';
import type { GatewayEvent, ProgressEvent } from '../../src/domain/events.ts';
import { createProgress, type LiveEvent, type Progress, publishEnds } from '../../src/domain/progress.ts';
import { createRequests } from '../../src/domain/requests.ts';
import type { RequestReport } from '../../src/domain/scope.ts';
import { attemptsOf } from '../../src/domain/trail.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { admitAll } from '../../src/limits/admission.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import {
  chatCompletion,
  chatStream,
  openaiError,
  type Script,
  startScriptedUpstream,
} from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { callOf } from '../helpers/call.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { turns } from '../faults/wire.ts';
import { COMMITTED } from '../helpers/progress.ts';

const pools = createPools();
afterAll(() => pools.close());

const OK = chatCompletion({ content: 'ok' });
const START = 1_000_000;

interface Rig extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly progress: Progress;
  readonly emitted: readonly GatewayEvent[];
  /** Sends a request, of which `own` gets the progress. */
  readonly run: (sent?: { stream?: boolean; own?: (event: ProgressEvent) => void }) => Promise<RequestReport>;
}

const nameOf = (index: number): string => String.fromCodePoint(97 + index);

/** A runner over upstreams `a`, `b`, ... in one chain `default`. */
async function startRig(
  scripts: readonly Script[],
  { chain, stages = [], limits, progress = createProgress() }: RigOptions = {},
): Promise<Rig> {
  const upstreams = await Promise.all(scripts.map((script) => startScriptedUpstream({ script })));
  const parsed = parseConfig(
    {
      providers: Object.fromEntries(upstreams.map(({ baseUrl }, n) => [nameOf(n), { baseUrl, ...limits }])),
      chains: { default: { ...chain, entries: upstreams.map((_, n) => `${nameOf(n)}/m`) } },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const snapshot = toSnapshot(parsed.config);
  const clock = fakeClock(START);
  const emitted: GatewayEvent[] = [];
  const ends = publishEnds(progress);
  const emit = (event: GatewayEvent): void => {
    emitted.push(event);
    ends(event);
  };
  const attempt = { transport: createTransport(pools), clock, codecOf, inCohort: createCohort() };
  const tools = createWaterfallTools({
    overload: { level: 0 },
    attempt,
    state: createMemoryState(clock),
    emit,
    progress,
    random: () => 0.5,
  });
  const runChain: RunChain = createRunner({ tools, admission: admitAll, stages });
  const requests = createRequests({ name: 'test', clock, emit });
  let sent = 0;
  return {
    clock,
    progress,
    emitted,
    async run({ stream = false, own } = {}) {
      const scope = requests
        .open({ id: `r${++sent}`, clientRequestId: 'mine', door: 'process', abort: openAbortScope(), snapshot })
        .as(principalOf('ann', { tenant: 'acme' }), {});
      scope.report.operation = 'chat.completions.create';
      scope.report.onProgress = own;
      try {
        const answer = await runChain(callOf({ input: { ...HELLO, stream }, stream }), scope);
        if (answer.kind === 'stream') for await (const _ of answer.stream) continue;
      } catch {
        scope.finish({ status: 503, code: 'failed' });
      }
      return scope.report;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

interface RigOptions {
  readonly chain?: Omit<ConfigInput['chains'][string], 'entries'>;
  readonly limits?: Partial<ConfigInput['providers'][string]>;
  readonly stages?: readonly Stage[];
  readonly progress?: Progress;
}

/** The events that a listener to all requests gets from now on. */
function listenTo({ progress }: Pick<Rig, 'progress'>): LiveEvent[] {
  const events: LiveEvent[] = [];
  progress.listen((event) => events.push(event));
  return events;
}

/** What an event is about, in short. */
function short(event: LiveEvent): string {
  switch (event.kind) {
    case 'attempt_started':
    case 'committed':
      return `${event.kind} ${event.n} ${event.provider}`;
    case 'attempt_finished':
      return `${event.kind} ${event.n} ${event.step.provider} ${event.step.outcome}`;
    case 'request_queued':
      return `${event.kind} ${event.position}`;
    case 'request_started':
    case 'request_finished':
      return event.kind;
  }
}

test.each([
  ['JSON', false, OK],
  ['a stream', true, chatStream({ content: 'ok' })],
])('a failover to %s is reported step by step, to listeners of all requests and of one', async (_, stream, reply) => {
  await using rig = await startRig([openaiError(500, 'no'), reply]);
  const all = listenTo(rig);
  const own: ProgressEvent[] = [];
  await rig.run({ stream, own: (event) => own.push(event) });
  expect(all.map(short)).toEqual([
    'request_started',
    'attempt_started 1 a',
    'attempt_finished 1 a overloaded',
    'attempt_started 2 b',
    'attempt_finished 2 b answered',
    'committed 2 b',
    'request_finished',
  ]);
  expect(own).toEqual(all.slice(0, -1));
});

test('an event says which request it is about, and each kind its own facts', async () => {
  await using rig = await startRig([OK]);
  const [started, attempt, finished, committed] = await (async () => {
    const events = listenTo(rig);
    await rig.run();
    return events;
  })();
  const facts = { requestId: 'r1', clientRequestId: 'mine', chain: 'default', tenant: 'acme' };
  expect(started).toEqual({
    kind: 'request_started',
    ...facts,
    acceptedAt: START,
    door: 'process',
    operation: 'chat.completions.create',
    stream: false,
    requestedModel: 'default',
    principal: 'ann',
    keyId: 'ann',
  });
  const entry = { provider: 'a', model: 'm' };
  expect(attempt).toEqual({ kind: 'attempt_started', ...facts, n: 1, ...entry, key: undefined, hedge: false });
  expect(finished).toMatchObject({ kind: 'attempt_finished', ...facts, n: 1, step: { ...entry, outcome: 'answered' } });
  expect(committed).toEqual({ kind: 'committed', ...facts, n: 1, ...entry, afterMs: 0 });
});

test('a key of a pool is named in its attempt', async () => {
  await using rig = await startRig([[openaiError(401, 'no'), OK]], { limits: { apiKeys: ['key-1', 'key-2'] } });
  const events = listenTo(rig);
  await rig.run();
  const attempts = events.filter((event) => event.kind === 'attempt_started');
  expect(attempts.map(({ n, key }) => [n, key])).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test('a retry of an overloaded entry is an attempt of its own; a resend without a refused parameter is not', async () => {
  const refuses = openaiError(400, "Unsupported parameter: 'stream_options'.", { code: 'unsupported_parameter' });
  const script = [refuses, openaiError(503, 'busy'), chatStream({ content: 'ok' })];
  await using rig = await startRig([script], { chain: { retry: { overloaded: 1, backoff: '10ms' } } });
  const events = listenTo(rig);
  const running = rig.run({ stream: true });
  for (let n = 0; n < 50 && !events.some(({ kind }) => kind === 'committed'); n++) {
    await turns(20);
    rig.clock.advance(10);
  }
  const { trail, served } = await running;
  expect(events.map(short)).toEqual([
    'request_started',
    'attempt_started 1 a',
    'attempt_finished 1 a overloaded',
    'attempt_started 2 a',
    'attempt_finished 2 a answered',
    'committed 2 a',
    'request_finished',
  ]);
  expect([served?.attempts, attemptsOf(trail)]).toEqual([2, 2]);
});

test('the steps of attempts are those of the trail, by their numbers, and listeners of the gateway get the same events', async () => {
  await using rig = await startRig([openaiError(429, 'slow'), openaiError(500, 'no'), openaiError(401, 'no')]);
  const events = listenTo(rig);
  const { trail } = await rig.run();
  const finished = events.filter((event) => event.kind === 'attempt_finished');
  expect(finished.map(({ n, step }) => [n, step])).toEqual(trail.map((step, index) => [index + 1, step]));
  expect(rig.emitted.filter(({ kind }) => kind === 'attempt_finished')).toEqual(finished);
});

test('skipped entries have no number', async () => {
  await using rig = await startRig([[openaiError(429, 'slow'), OK], OK]);
  await rig.run();
  const events = listenTo(rig);
  const { trail } = await rig.run();
  expect(trail.map(({ outcome }) => outcome)).toEqual(['skipped', 'answered']);
  expect(events.map(short)).toContain('attempt_started 1 b');
});

const twice: Stage = async (call, scope, next) => {
  await next(call, scope);
  return next(call, scope);
};

test('a second run of a stage continues the numbers of the first', async () => {
  await using rig = await startRig([OK], { stages: [twice] });
  const events = listenTo(rig);
  await rig.run();
  const attempts = events.filter((event) => event.kind === 'attempt_started');
  expect(attempts.map(({ n }) => n)).toEqual([1, 2]);
});

test('a request that waits in its queue is reported with its place and the earliest time of an attempt', async () => {
  await using rig = await startRig([OK], {
    chain: { queue: { maxWait: '5m', maxSize: 10 } },
    limits: { limits: { requestsPerMinute: 1 } },
  });
  await rig.run();
  const events = listenTo(rig);
  const queued = () => events.filter((event) => event.kind === 'request_queued');
  const waiting = [rig.run(), rig.run()];
  for (let n = 0; n < 50 && queued().length < 2; n++) await turns(20);
  expect(queued().map(({ requestId, position, etaMs }) => [requestId, position, etaMs])).toEqual([
    ['r2', 1, 60_000],
    ['r3', 2, 60_000],
  ]);
  for (let n = 0; n < 10 && !events.some(({ kind }) => kind === 'request_finished'); n++) {
    rig.clock.advance(61_000);
    await turns(50);
  }
  rig.clock.advance(120_000);
  await Promise.all(waiting);
});

test('without a listener only `attempt_finished` is made, for the listeners of the gateway', async () => {
  const published: LiveEvent[] = [];
  const progress: Progress = {
    listening: false,
    lost: 0,
    recordLost: () => undefined,
    publish: (event) => void published.push(event),
    listen: () => ({ [Symbol.dispose]: () => undefined }),
  };
  await using rig = await startRig([openaiError(500, 'no'), OK], { progress });
  await rig.run();
  expect(published).toEqual([]);
  expect(rig.emitted.map(({ kind }) => kind)).toEqual(['attempt_finished', 'attempt_finished', 'request_finished']);
});

test('a hub listens while one of its listeners does, and delivers to each of them', () => {
  const progress = createProgress();
  const got: string[] = [];
  const listener = (event: LiveEvent): void => void got.push(event.kind);
  const [one, two] = [progress.listen(listener), progress.listen(listener)];
  progress.publish(COMMITTED);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  progress.publish(COMMITTED);
  expect([progress.listening, got]).toEqual([true, ['committed', 'committed', 'committed']]);
  two[Symbol.dispose]();
  expect(progress.listening).toBe(false);
});
