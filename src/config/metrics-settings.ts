import type { Config } from './schema.ts';

/** The `metrics` section with every default. */
export interface MetricsSettings {
  /** Whether `/metrics` needs no key. */
  readonly public: boolean;
  /** A port of its own for `/metrics`; undefined for none. */
  readonly port: number | undefined;
  /** The address of that port; undefined for the server's. */
  readonly host: string | undefined;
  /** How many keys have series of their own. */
  readonly keys: number;
  /** Most series. */
  readonly maxSeries: number;
}

/** The settings of metrics, with every default. */
export function metricsSettings({ metrics }: Pick<Config, 'metrics'>): MetricsSettings {
  return {
    public: metrics?.public ?? false,
    port: metrics?.port,
    host: metrics?.host,
    keys: metrics?.keys ?? 200,
    maxSeries: metrics?.maxSeries ?? 10_000,
  };
}
