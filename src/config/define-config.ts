import type { ConfigInput } from './schema.ts';

/** Types a configuration and hands it back as it is; names in it stay literal types. For `spillway.config.ts`. */
export function defineConfig<const Written extends ConfigInput>(config: Written): Written {
  return config;
}
