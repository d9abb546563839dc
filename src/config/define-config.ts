import type { ConfigInput } from './schema.ts';

/** Types a configuration for `spillway.config.ts`. Returns it unchanged; names in it keep their literal types. */
export function defineConfig<const Written extends ConfigInput>(config: Written): Written {
  return config;
}
