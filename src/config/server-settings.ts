import type { Config } from './schema.ts';

/** How the server listens and what it takes; sizes in bytes, times in milliseconds. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly bodyLimit: number;
  /** A reader who takes nothing for this long is dropped. */
  readonly writeIdle: number;
  /** Origins on the CORS allow-list. */
  readonly origins: readonly string[];
}

const BODY_LIMIT = 20 * 1024 * 1024;
const WRITE_IDLE_MS = 60_000;

/** The server's settings, with every default in place. Pure. */
export function serverSettings({ server }: Config): ServerSettings {
  return {
    host: server?.host ?? '127.0.0.1',
    port: server?.port ?? 4141,
    bodyLimit: server?.bodyLimit ?? BODY_LIMIT,
    writeIdle: server?.writeIdle ?? WRITE_IDLE_MS,
    origins: server?.cors?.origins ?? [],
  };
}
