import type { Config } from './schema.ts';

/** The `responses` section with every default. Times in milliseconds, sizes in bytes. */
export interface ResponseSettings {
  readonly keep: number;
  readonly memory: number;
}

const MB = 1024 * 1024;

/** The settings of kept responses; undefined where none are kept. */
export function responseSettings({ responses: own }: Pick<Config, 'responses'>): ResponseSettings | undefined {
  return own === undefined ? undefined : { keep: own.keep ?? 86_400_000, memory: own.memory ?? 64 * MB };
}
