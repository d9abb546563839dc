import type { ConfigInput } from '../../../src/config/schema.ts';
import { startGateway } from '../measure/gateway.ts';
import type { Server } from '../measure/processes.ts';

/** One process of a replica, from its start to its end. Times of `performance.now()`. */
export interface Life {
  readonly name: string;
  readonly startedAt: number;
  readonly server: Server;
  /** When it was killed; Infinity while it runs. */
  diedAt: number;
}

/** Gateways as processes, which are killed and started again. Dispose kills them. */
export interface Fleet extends AsyncDisposable {
  /** All processes that there ever were. */
  readonly lives: readonly Life[];
  /** Those that serve now. */
  running(): readonly Life[];
  /** Kills one, and resolves once another one serves in its place. */
  restart(life: Life): Promise<void>;
}

/** Starts so many gateways of one configuration. */
export async function startFleet(config: ConfigInput, count: number): Promise<Fleet> {
  const lives: Life[] = [];
  const start = async (): Promise<void> => {
    const startedAt = performance.now();
    const server = await startGateway(config, ['--expose-gc', '--no-flush-bytecode']);
    lives.push({ name: `life-${lives.length}`, startedAt, server, diedAt: Infinity });
  };
  await Promise.all(Array.from({ length: count }, start));
  return {
    lives,
    running: () => lives.filter(({ diedAt }) => diedAt === Infinity),
    async restart(life) {
      life.diedAt = performance.now();
      await life.server[Symbol.asyncDispose]();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lives.map(({ server }) => server[Symbol.asyncDispose]()));
    },
  };
}
