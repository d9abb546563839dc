import type { Config } from './schema.ts';

/** The `log` section with every default. */
export interface LogSettings {
  readonly vendorMessages: boolean;
  /** Most bytes of rows that wait. */
  readonly buffer: number;
  readonly user: 'hash' | 'plain' | 'none';
  /** How long rows are kept, in milliseconds. */
  readonly retention: number;
  readonly maxRows: number;
  /** Where rows are sent as log records; undefined for nowhere. */
  readonly otlp: string | undefined;
  /** How long bodies are kept, in milliseconds; also those of an earlier configuration. */
  readonly bodyRetention: number;
  /** Most bytes of bodies that are taken and not stored yet. */
  readonly bodyBuffer: number;
}

const MB = 1024 * 1024;
const DAY_MS = 24 * 3600_000;

/** The settings of the request log, with every default. */
export function logSettings({ log }: Pick<Config, 'log'>): LogSettings {
  return {
    vendorMessages: log?.vendorMessages ?? false,
    buffer: log?.buffer ?? 50 * MB,
    user: log?.user ?? 'hash',
    retention: log?.retention ?? 30 * DAY_MS,
    maxRows: log?.maxRows ?? 5_000_000,
    otlp: log?.export?.otlp?.reveal(),
    bodyRetention: log?.bodies?.retention ?? 7 * DAY_MS,
    bodyBuffer: log?.bodies?.buffer ?? 16 * MB,
  };
}
