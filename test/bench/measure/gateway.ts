import type { ConfigInput } from '../../../src/config/schema.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { type Server, startProcess } from './processes.ts';

/** The key that the callers of the bench send. */
export const KEY = 'sk-bench';

/** Windows that nothing ever fills: they are counted like any, and refuse nobody. */
const LIMITS = { requestsPerMinute: 1e9, tokensPerMinute: 1e12, requestsPerDay: 1e10, concurrency: 1e6 } as const;

/** The chains of most works: each asks the model of its own name, which says how it is answered. */
const CHAINS: ConfigInput['chains'] = Object.fromEntries(
  ['json', 'stream', 'pieces', 'first', 'drip-gateway', 'flood'].map((model) => [model, { entries: [`up/${model}`] }]),
);

/** A configuration as somebody has it who knows his limits and gives out keys, over an upstream. `busy` is a second account there. */
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

/** Starts the command `serve` with a configuration, its log at info, under the flags of `npm start` and these. */
export function startGateway(config: ConfigInput, flags: readonly string[] = []): Promise<Server> {
  return startProcess('spillway.ts', {
    args: ['serve', '--config', 'spillway.yaml', '--port', '0', '--log-level', 'info'],
    // JSON is YAML.
    files: { 'spillway.yaml': JSON.stringify(config) },
    flags: [...NODE_FLAGS, ...flags],
    measured: true,
  });
}
