import { createRunner } from '../../../src/chain/run.ts';
import { createWaterfallTools } from '../../../src/chain/tools.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { toSnapshot } from '../../../src/config/snapshot.ts';
import { codecOf } from '../../../src/dialects/codec-of.ts';
import type { Snapshot } from '../../../src/domain/chain.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { openRequestScope } from '../../../src/domain/open-scope.ts';
import { INTERNAL } from '../../../src/domain/principal.ts';
import { createProgress } from '../../../src/domain/progress.ts';
import type { RequestScope } from '../../../src/domain/scope.ts';
import { openAbortScope } from '../../../src/lib/abort.ts';
import { admitAll } from '../../../src/limits/admission.ts';
import type { Lasting } from '../../../src/state/limit-state.ts';
import { createMemoryState } from '../../../src/state/memory.ts';
import { callOf, idOf } from './arrivals.ts';
import type { Ending, Subject, World } from './day.ts';
import { randomOf } from './random.ts';
import type { Provider } from './provider.ts';

/** The real runner, over a real snapshot with the real presets. `known`: whether the providers' limits are configured. */
export function openGateway(world: World, known: boolean, lasting?: Lasting): Subject {
  const { clock, transport, seed } = world;
  const snapshot = snapshotOf(world.providers, known);
  const state = createMemoryState(clock);
  if (lasting !== undefined) state.restore(lasting);
  const random = randomOf(seed);
  // Simulated time does not wait for the event loop, so results are delivered at once.
  const attempt = { transport, clock, codecOf, inCohort: (step: () => void) => step() };
  const tools = createWaterfallTools({
    overload: { level: 0 },
    attempt,
    state,
    emit: () => undefined,
    progress: createProgress(),
    random: () => random.next(),
  });
  const run = createRunner({ tools, admission: admitAll, stages: [] });

  return {
    async serve(arrival) {
      using client = openAbortScope();
      const { disconnectsAfter } = arrival;
      using _disconnect =
        disconnectsAfter === undefined ? undefined : clock.timer(disconnectsAfter, () => client.abort('client_closed'));
      const scope = openRequestScope({
        id: idOf(arrival),
        clientRequestId: undefined,
        door: 'rest',
        abort: client,
        snapshot,
        name: 'spillway-simulated',
        clock,
        emit: () => undefined,
        nextSeq: () => 1,
        onFinish: () => undefined,
      }).as(INTERNAL, {});
      try {
        const answer = await run(callOf(arrival), scope);
        if (answer.kind === 'stream') for await (const _ of answer.stream);
        return { kind: 'served', attempts: attemptsIn(scope), by: scope.report.served?.provider ?? '' };
      } catch (thrown) {
        const error = GatewayError.from(thrown);
        scope.fail(error);
        return { attempts: attemptsIn(scope), ...endingOf(error) };
      }
    },
    restarted: () => openGateway(world, known, state.lasting()),
  };
}

function endingOf({
  code,
  message,
  details,
}: GatewayError):
  | Omit<Extract<Ending, { kind: 'failed' }>, 'attempts'>
  | Omit<Extract<Ending, { kind: 'refused' }>, 'attempts'>
  | Omit<Extract<Ending, { kind: 'disconnected' }>, 'attempts'> {
  if (code === 'client_closed') return { kind: 'disconnected' };
  if (code === 'all_providers_exhausted') return { kind: 'refused', retryAllowed: details.shouldRetry !== false };
  return { kind: 'failed', message: `${code}: ${message}` };
}

function attemptsIn({ report }: RequestScope): readonly string[] {
  return report.trail.filter(({ outcome }) => outcome !== 'skipped').map(({ provider }) => provider);
}

/** The configuration of an operator. */
function snapshotOf(simulated: readonly Provider[], known: boolean): Snapshot {
  const providers = simulated.map(({ row: { name, preset, meters } }) => {
    const limits = Object.fromEntries(meters.map(({ window, limit }) => [window, limit]));
    return [name, { preset, apiKey: `key-of-${name}`, ...(known ? { limits } : {}) }] as const;
  });
  const entries = simulated.map(({ row: { name, model } }) => `${name}/${model}`);
  const parsed = parseConfig({ providers: Object.fromEntries(providers), chains: { default: { entries } } }, {});
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return toSnapshot(parsed.config);
}
