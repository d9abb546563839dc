import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/lib/clock.ts';
import type { Lasting } from '../../src/state/limit-state.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { OpenStoreOptions, Store } from '../../src/store/store.ts';

/** A folder for the files of one test. Dispose removes it with everything in it. */
export interface Folder extends Disposable {
  readonly path: string;
  readonly file: string;
}

/** Makes an empty folder for a database file. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'spillway-store-'));
  return {
    path,
    file: join(path, 'spillway.db'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Opens the file as the gateway does. Waits for a lock for `lockTimeoutMs`, 5 seconds unless given. */
export function open(file: string, options: Partial<OpenStoreOptions> = {}): Promise<Store> {
  return openStore(`sqlite:${file}`, { clock: systemClock, signal: new AbortController().signal, ...options });
}

/** The file as another program sees it. */
export function openRaw(file: string): DatabaseSync {
  // A gateway that runs may be writing.
  return new DatabaseSync(file, { timeout: 5000 });
}

export const NOW = 1_800_000_000_000;
/** An account whose daily quota is used up, a model that is unknown, and the used part of another day's quota. */
export const LASTING: Lasting = {
  cooldowns: [
    { key: 'aaaa', reason: 'exhausted', retryAt: NOW + 3600_000, lasting: true },
    { key: 'aaaa/m', reason: 'unknown_model', retryAt: NOW + 900_000.25, lasting: true },
  ],
  windows: [
    { key: 'bbbb/m', window: 'requestsPerDay', used: 17, until: NOW + 5000, limit: 1000 },
    { key: 'bbbb/m', window: 'tokensPerDay', used: 1234.5, until: NOW + 5000, limit: undefined },
  ],
};
export const NOTHING: Lasting = { cooldowns: [], windows: [] };
