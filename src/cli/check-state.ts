import type { Config } from '../config/schema.ts';
import { describeAddress, stateSettings } from '../config/state-settings.ts';
import { inspectRedis } from '../redis/inspect-redis.ts';

/**
 * Prints a line about the server that `state` names for each thing that is wrong with it or to be known of it. Prints nothing without the section. Resolves with
 * whether the state can be shared.
 */
export async function checkState(config: Config): Promise<boolean> {
  const settings = stateSettings(config);
  if (settings === undefined) return true;
  const { address, prefix, ca } = settings;
  const where = `state.redis: ${describeAddress(address)}`;
  const { problems, warnings, version } = await inspectRedis(address, { prefix, ca });
  const isUsable = problems.length === 0;
  const lines = [
    ...problems.map((text) => `failed: ${where} ${text}; until then each gateway takes its share of the limits`),
    ...warnings.map((text) => `warning: ${where} ${text}`),
    ...(isUsable ? [`${where} can be used (${version ?? 'unknown version'})`] : []),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return isUsable;
}
