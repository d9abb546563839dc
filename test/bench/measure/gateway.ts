import { resolve } from 'node:path';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { type Server, startProcess } from './processes.ts';

/** The key that the clients of the benchmark send. */
export const KEY = 'sk-bench';

/** Limits that are counted and never reached. */
const LIMITS = { requestsPerMinute: 1e9, tokensPerMinute: 1e12, requestsPerDay: 1e10, concurrency: 1e6 } as const;

/** The chains of most parts. Each has one model of the same name, which selects the upstream's reply. */
const CHAINS: ConfigInput['chains'] = Object.fromEntries(
  ['json', 'stream', 'pieces', 'first', 'drip-gateway', 'flood'].map((model) => [model, { entries: [`up/${model}`] }]),
);

/** A configuration with keys and configured limits, over an upstream. `busy` is a second account there. */
export function configOf(upstream: string, chains: ConfigInput['chains'] = CHAINS): ConfigInput {
  const models = { '*': { limits: LIMITS } };
  return {
    auth: { keys: [{ name: 'bench', key: KEY }] },
    providers: {
      up: { baseUrl: `${upstream}/v1`, apiKey: 'sk-up', models },
      busy: { baseUrl: `${upstream}/v1`, apiKey: 'sk-busy', models },
    },
    chains,
  };
}

/**
 * Starts the command `serve` with a configuration, its log level `info`, under the flags of `npm start` and `flags`: that of this checkout, or
 * of the one in the folder `checkout`.
 */
export function startGateway(config: ConfigInput, flags: readonly string[] = [], checkout?: string): Promise<Server> {
  const file = checkout === undefined ? 'spillway.ts' : resolve(checkout, 'test/bench/servers/spillway.ts');
  return startProcess(file, {
    args: ['serve', '--config', 'spillway.yaml', '--port', '0', '--log-level', 'info'],
    // JSON is YAML.
    files: { 'spillway.yaml': JSON.stringify(config) },
    flags: [...NODE_FLAGS, ...flags],
    measured: true,
  });
}
