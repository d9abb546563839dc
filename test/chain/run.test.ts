import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunner, type RunChain } from '../../src/chain/run.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { createWaterfallTools } from '../../src/chain/tools.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import type { Codec } from '../../src/dialects/codec.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { INTERNAL } from '../../src/domain/principal.ts';
import { createProgress } from '../../src/domain/progress.ts';
import { createRequests } from '../../src/domain/requests.ts';
import type { RequestScope } from '../../src/domain/scope.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import type { AdmissionEnd } from '../../src/limits/admission.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { openaiError, responder, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { callOf } from '../helpers/call.ts';
import { HELLO } from '../helpers/hello.ts';

const pools = createPools();
let good: ScriptedUpstream;
let bad: ScriptedUpstream;
beforeAll(async () => {
  good = await startScriptedUpstream({ script: responder({ content: 'ok', usage: true }) });
  bad = await startScriptedUpstream({ script: openaiError(500, 'no') });
});
afterAll(async () => {
  await pools.close();
  await Promise.all([good.close(), bad.close()]);
});

interface Runner {
  readonly run: (model: string, stream: boolean) => ReturnType<RunChain>;
  /** The usage that each reservation was settled with, in order. */
  readonly settled: (Usage | undefined)[];
  readonly reserved: () => number;
  /** Number of attempts at the chain's entry that hold a reservation now. */
  readonly running: (chain: string) => number | undefined;
}

const emit = (): void => undefined;

/** A runner over the chains `good` and `bad`, with an admission that records how reservations are settled. */
function start({ stages = [], codec = openaiChat }: { stages?: readonly Stage[]; codec?: Codec } = {}): Runner {
  const parsed = parseConfig(
    {
      providers: { good: { baseUrl: good.baseUrl }, bad: { baseUrl: bad.baseUrl } },
      chains: { good: { entries: ['good/m'] }, bad: { entries: ['bad/m'] } },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const snapshot = toSnapshot(parsed.config);
  const attempt = { transport: createTransport(pools), clock, codecOf: () => codec, inCohort: createCohort() };
  const state = createMemoryState(clock);
  const tools = createWaterfallTools({
    attempt,
    state,
    emit,
    progress: createProgress(),
    random: Math.random,
    overload: { level: 0 },
  });
  const settled: (Usage | undefined)[] = [];
  let reserved = 0;
  const reserve = () => {
    reserved++;
    return { headers: {}, settle: ({ usage }: AdmissionEnd) => void settled.push(usage) };
  };
  const runChain = createRunner({ tools, admission: { reserve }, stages });
  const requests = createRequests({ name: 'test', clock, emit });
  const scope = (): RequestScope =>
    requests
      .open({ id: 'r', clientRequestId: undefined, door: 'process', abort: openAbortScope(), snapshot })
      .as(INTERNAL, {});
  return {
    settled,
    reserved: () => reserved,
    running: (chain) => {
      const target = snapshot.chains.get(chain)?.entries[0]?.targets[0];
      return target && state.status(target).concurrency.running;
    },
    run: (model, stream) => {
      const input = { ...HELLO, model, stream };
      return runChain(callOf({ input, stream }), scope());
    },
  };
}

test('a reservation is settled once with the usage of an answer', async () => {
  const { run, settled } = start();
  await run('good', false);
  expect(settled).toMatchObject([{ input: 9, output: 12 }]);
});

test('a stream’s reservation is settled once, at its end', async () => {
  const { run, settled } = start();
  const answer = await run('good', true);
  if (answer.kind !== 'stream') throw new Error('no stream');
  for await (const _ of answer.stream) continue;
  expect(settled).toMatchObject([{ input: 9, output: 12 }]);
});

const refuses: Stage = () => Promise.reject(new GatewayError('forbidden', { message: 'not this' }));

test.each([
  ['JSON from entries that all fail', 'bad', false, []],
  ['a stream from entries that all fail', 'bad', true, []],
  ['JSON that a stage refuses', 'good', false, [refuses]],
  ['a stream that a stage refuses', 'good', true, [refuses]],
])('a reservation is settled once, without usage: %s', async (_, model, stream, stages) => {
  const { run, settled, reserved } = start({ stages });
  await expect(run(model, stream)).rejects.toBeInstanceOf(GatewayError);
  expect([reserved(), settled]).toEqual([1, [undefined]]);
});

test('an attempt that throws holds no reservation, neither at its entry nor for its principal', async () => {
  const codec: Codec = {
    ...openaiChat,
    encode() {
      throw new TypeError('a defect');
    },
  };
  const { run, settled, running } = start({ codec });
  await expect(run('good', false)).rejects.toThrow('a defect');
  expect([running('good'), settled]).toEqual([0, [undefined]]);
});
