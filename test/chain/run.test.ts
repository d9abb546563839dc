import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunner, type RunChain } from '../../src/chain/run.ts';
import type { Stage } from '../../src/chain/stage.ts';
import { createWaterfallTools } from '../../src/chain/tools.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { openai } from '../../src/dialects/openai/index.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { INTERNAL } from '../../src/domain/principal.ts';
import { createRequests } from '../../src/domain/requests.ts';
import type { RequestScope } from '../../src/domain/scope.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { openaiError, responder, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { HELLO } from '../helpers/gateway.ts';

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

interface Running {
  readonly run: (model: string, stream: boolean) => ReturnType<RunChain>;
  /** What each reservation was settled with, in order. */
  readonly settled: (Usage | undefined)[];
  readonly reserved: () => number;
  /** Attempts at the entry of a chain that hold a reservation now. */
  readonly running: (chain: string) => number | undefined;
}

const emit = (): void => undefined;

/** A runner over the chains `good` and `bad`, whose principals have a limit that records what it is given back. */
function start({ stages = [], dialect = openai }: { stages?: readonly Stage[]; dialect?: Dialect } = {}): Running {
  const parsed = parseConfig(
    {
      providers: { good: { baseUrl: good.baseUrl }, bad: { baseUrl: bad.baseUrl } },
      chains: { good: { entries: ['good/m'] }, bad: { entries: ['bad/m'] } },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const snapshot = toSnapshot(parsed.config);
  const attempt = { transport: createTransport(pools), clock, dialect };
  const state = createMemoryState(clock);
  const tools = createWaterfallTools({ attempt, state, emit });
  const settled: (Usage | undefined)[] = [];
  let reserved = 0;
  const reserve = () => {
    reserved++;
    return { settle: (usage: Usage | undefined) => void settled.push(usage) };
  };
  const runChain = createRunner({ tools, admission: { reserve }, stages });
  const requests = createRequests({ name: 'test', clock, emit });
  const scope = (): RequestScope =>
    requests.open({ id: 'r', door: 'process', abort: openAbortScope(), snapshot }).as(INTERNAL, {});
  return {
    settled,
    reserved: () => reserved,
    running: (chain) => {
      const target = snapshot.chains.get(chain)?.entries[0]?.targets[0];
      return target && state.status(target).concurrency.running;
    },
    run: (model, stream) => {
      const input = { ...HELLO, model, stream };
      return runChain({ operation: 'chat.completions', input, bytes: undefined, stream }, scope());
    },
  };
}

test('what a principal has reserved is settled once with the usage of an answer', async () => {
  const { run, settled } = start();
  await run('good', false);
  expect(settled).toMatchObject([{ inputTokens: 9, outputTokens: 12 }]);
});

test('what a principal has reserved for a stream is settled once, at its end', async () => {
  const { run, settled } = start();
  const answer = await run('good', true);
  if (answer.kind !== 'stream') throw new Error('no stream');
  for await (const _ of answer.stream) continue;
  expect(settled).toMatchObject([{ inputTokens: 9, outputTokens: 12 }]);
});

const refuses: Stage = () => Promise.reject(new GatewayError('forbidden', { message: 'not this' }));

test.each([
  ['JSON, where every entry fails', 'bad', false, []],
  ['a stream, where every entry fails', 'bad', true, []],
  ['JSON, where a stage refuses', 'good', false, [refuses]],
  ['a stream, where a stage refuses', 'good', true, [refuses]],
])('what a principal has reserved is settled once, without usage: %s', async (_, model, stream, stages) => {
  const { run, settled, reserved } = start({ stages });
  await expect(run(model, stream)).rejects.toBeInstanceOf(GatewayError);
  expect([reserved(), settled]).toEqual([1, [undefined]]);
});

test('an attempt that throws leaves nothing reserved, at its entry and for its principal', async () => {
  const dialect: Dialect = {
    ...openai,
    encode() {
      throw new TypeError('a defect');
    },
  };
  const { run, settled, running } = start({ dialect });
  await expect(run('good', false)).rejects.toThrow('a defect');
  expect([running('good'), settled]).toEqual([0, [undefined]]);
});
