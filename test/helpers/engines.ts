import { systemClock } from '../../src/lib/clock.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { OpenStoreOptions, Store } from '../../src/store/store.ts';
import { POSTGRES, PostgresServer } from './postgres.ts';
import { openRaw, temporaryFolder } from './store.ts';

/** An empty database. */
export interface EmptyDatabase extends AsyncDisposable {
  /** Opens it, each time as another process would. */
  open(options?: Partial<OpenStoreOptions>): Promise<Store>;
  /** Runs statements in it without the store. */
  execute(statements: string): Promise<void>;
}

/** A kind of store. */
export interface Engine {
  readonly name: string;
  /** Whether two processes can open one database. */
  readonly shared: boolean;
  /** Why its tests are skipped; undefined where they run. */
  readonly missing: string | undefined;
  create(): Promise<EmptyDatabase>;
}

let server: Promise<PostgresServer> | undefined;

/** Stops the database server that the tests of a file have started. */
export async function stopServer(): Promise<void> {
  const started = await server;
  server = undefined;
  await started?.[Symbol.asyncDispose]();
}

function openAt(url: Parameters<typeof openStore>[0], options: Partial<OpenStoreOptions> = {}): Promise<Store> {
  return openStore(url, { clock: systemClock, signal: new AbortController().signal, ...options });
}

const SQLITE: Engine = {
  name: 'an SQLite file',
  shared: true,
  missing: undefined,
  async create() {
    const folder = temporaryFolder();
    return {
      open: (options) => openAt(`sqlite:${folder.file}`, options),
      async execute(statements) {
        using raw = openRaw(folder.file);
        raw.exec(statements);
      },
      [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
    };
  },
};

const MEMORY: Engine = {
  name: 'memory',
  shared: false,
  missing: undefined,
  async create() {
    return {
      open: (options) => openAt('memory:', options),
      execute: () => Promise.reject(new Error('A database in memory has one connection.')),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

const POSTGRESQL: Engine = {
  name: 'PostgreSQL',
  shared: true,
  missing: POSTGRES === undefined ? 'skipped: postgres not found' : undefined,
  async create() {
    const started = await (server ??= PostgresServer.start());
    const database = await started.createDatabase();
    return {
      open: (options) => openAt(started.url(database), options),
      execute: async (statements) => void (await started.query(database, statements)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

/** Every kind of store. Call `stopServer` after the tests. */
export const ENGINES: readonly Engine[] = [SQLITE, MEMORY, POSTGRESQL];
/** Those that several processes can share. */
export const SHARED_ENGINES: readonly Engine[] = ENGINES.filter(({ shared }) => shared);

/** The title of an engine's tests, with the reason where they are skipped. */
export function titleOf({ name, missing }: Engine): string {
  return missing === undefined ? name : `${name} (${missing})`;
}
