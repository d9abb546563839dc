import type { WaterfallTools } from '../chain/tools.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { endpointsOf } from '../config/endpoint.ts';
import type { Environment } from '../config/interpolate.ts';
import { parseConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { readPriceFile } from '../config/price-file.ts';
import type { Pools } from '../upstream/pools.ts';
import type { PriceFollower } from './follow-prices.ts';
import type { Gateway } from './gateway.ts';
import type { Revocation } from './revocation.ts';

/** What a new configuration concerns. */
export interface ReloadOptions {
  readonly active: ActiveConfig;
  readonly environment: Environment;
  readonly pricing: PriceFollower;
  readonly revocation: Pick<Revocation, 'check'>;
  readonly tools: Pick<WaterfallTools, 'failureEffects' | 'profiles'>;
  readonly pools: Pick<Pools, 'retain'>;
}

/** Makes what puts another configuration in the place of the present one, for all later requests. */
export function createReload(options: ReloadOptions): Pick<Gateway, 'reload' | 'apply'> {
  const { active, environment, pricing, revocation, tools, pools } = options;

  const apply: Gateway['apply'] = (result) => void applied(result);

  function applied(result: Parameters<Gateway['apply']>[0]): ReturnType<ActiveConfig['apply']> {
    const path = result.ok ? result.config.prices?.file : undefined;
    const file = readPriceFile(path);
    if (!file.ok) return active.apply(file);
    const problems = active.apply(result);
    if (problems.length > 0) return problems;
    pricing.follow(path, file.prices);
    revocation.check();
    tools.failureEffects.forget();
    tools.profiles.forget();
    pools.retain(endpointsOf(active.config));
    return problems;
  }

  return {
    apply,
    async reload(input) {
      const problems = applied(parseConfig(input, environment));
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
}
