import { systemClock } from '../../src/lib/clock.ts';
import { openSharedRuns } from '../../src/runs/redis/open-shared-runs.ts';
import type { Script } from '../../src/testing/index.ts';
import { type Rig, type RigOptions, startRig } from './gateway.ts';
import type { RedisServer } from './redis.ts';

/** Gateways that share their runs, each with a provider of its own. Dispose closes them. */
export interface Replicas extends AsyncDisposable {
  readonly rigs: readonly Rig[];
  /** Requests to providers, of all of them together. */
  readonly hits: () => number;
  /** Problems that they have reported. */
  readonly problems: readonly string[];
}

/** Starts gateways on one Redis. Each replica's provider follows the same script. */
export async function startReplicas(
  redis: Pick<RedisServer, 'address'>,
  script: Script,
  { count = 3, ...options }: RigOptions & { readonly count?: number } = {},
): Promise<Replicas> {
  const problems: string[] = [];
  const start = async (): Promise<Rig> => {
    const sharedRuns = await openSharedRuns({
      redis: redis.address(),
      prefix: 'test',
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
    });
    return startRig([script], { ...options, sharedRuns });
  };
  const rigs = await Promise.all(Array.from({ length: count }, start));
  return {
    rigs,
    problems,
    hits: () => rigs.flatMap(({ upstreams }) => upstreams.map(({ hits }) => hits.length)).reduce((a, b) => a + b, 0),
    async [Symbol.asyncDispose]() {
      await Promise.all(rigs.map((rig) => rig[Symbol.asyncDispose]()));
    },
  };
}
