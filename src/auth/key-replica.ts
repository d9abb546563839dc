import type { KeyRefusal, KeySource, Principal } from '../domain/principal.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { Clock } from '../lib/clock.ts';
import type { Directory, DirectoryChange, DirectoryChanges, StoredDirectory } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { ENDED_SESSION_MS } from '../store/session-rows.ts';
import { KeyTable } from './key-table.ts';
import { SessionTable } from './session-table.ts';

/** A copy of the store's keys, tenants and sessions in this process, which follows the store. */
export interface KeyReplica extends KeySource, Disposable {
  readonly table: KeyTable;
  readonly sessions: SessionTable;
  /** Whether the store was read at all: until then an unknown key may be a valid one. */
  readonly isLoaded: boolean;
  /** When the store was last read, in milliseconds since the epoch; undefined before. */
  readonly readAt: number | undefined;
  /** Whether the last read has failed. */
  readonly isFailing: boolean;
  /** Reads what has changed. Rejects with a StoreError; then nothing has changed here. */
  sync(): Promise<void>;
  /** A session by its digest, also one that has ended; undefined for an unknown one, and for all while the store cannot be read for too long. */
  session(digest: string): SessionRecord | undefined;
  /** Takes over what this process has written, at once. */
  applied(change: AppliedChange): void;
}

/** What a process has written. */
export type AppliedChange = Pick<DirectoryChange, 'keys' | 'tenants' | 'sessions' | 'removedTenants'>;

/** What a replica works with. */
export interface KeyReplicaOptions {
  readonly directory: StoredDirectory;
  readonly clock: Clock;
  /** How often changes are read, and for how long keys are served that cannot be read again, Infinity where no other process changes them: milliseconds, asked each time. */
  readonly settings: () => { readonly sync: number; readonly maxStale: number };
  /** Called after each change of the table. Must not throw. */
  readonly onChange: () => void;
  /** Gets a message when the store cannot be read, and when it can again. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** Time between two tries of a store that was never read, in milliseconds. */
const RETRY_MS = 1000;
/** Problems of a store that may pass by themselves: a start does not fail for them. */
const PASSING: ReadonlySet<StoreError['problem']> = new Set(['unreachable', 'busy', 'locked']);

/**
 * Loads the keys and tenants of a store, and follows it until it is disposed. While the store is unreachable it is tried again every second.
 * Rejects with a StoreError that does not pass.
 */
export async function openKeyReplica(options: KeyReplicaOptions): Promise<KeyReplica> {
  const replica = new Replica(options);
  try {
    await replica.sync();
  } catch (error) {
    if (!(error instanceof StoreError) || !PASSING.has(error.problem)) {
      replica[Symbol.dispose]();
      throw error;
    }
  }
  replica.follow();
  return replica;
}

class Replica implements KeyReplica {
  readonly table = new KeyTable();
  readonly sessions = new SessionTable();
  readAt: number | undefined;
  readonly #options: KeyReplicaOptions;
  readonly #watch: Disposable;
  #seq = 0;
  #timer: Disposable | undefined;
  #reading: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #failed = false;
  #disposed = false;

  constructor(options: KeyReplicaOptions) {
    this.#options = options;
    this.#watch = options.directory.watch(() => void this.sync().catch(ignored));
  }

  get isLoaded(): boolean {
    return this.readAt !== undefined;
  }

  get isFailing(): boolean {
    return this.#failed;
  }

  get hasKeys(): boolean {
    return !this.isLoaded || !this.table.isEmpty;
  }

  find(digest: string): Principal | undefined {
    return this.#isStale() ? undefined : this.table.find(digest);
  }

  refusalOf(digest: string): KeyRefusal | undefined {
    // What is revoked stays revoked, however old the copy is.
    return this.table.refusalOf(digest) ?? (this.#isStale() ? 'unavailable' : undefined);
  }

  sync(): Promise<void> {
    const running = this.#reading;
    if (running === undefined) return this.#start();
    // It may have read before the change that is asked for: one more follows it, for all that wait.
    this.#following ??= running.catch(ignored).then(() => {
      this.#following = undefined;
      return this.#start();
    });
    return this.#following;
  }

  #start(): Promise<void> {
    const reading = this.#read().finally(() => (this.#reading = undefined));
    this.#reading = reading;
    return reading;
  }

  session(digest: string): SessionRecord | undefined {
    const { clock, settings } = this.#options;
    const { maxStale } = settings();
    // The end of one may not be in the store any more.
    const most = maxStale === Infinity ? maxStale : Math.min(ENDED_SESSION_MS, maxStale);
    return clock.now() - (this.readAt ?? 0) > most ? undefined : this.sessions.get(digest);
  }

  applied(change: AppliedChange): void {
    this.#put(change);
    this.#options.onChange();
  }

  #put({ keys = [], tenants = [], sessions = [], removedTenants = [] }: AppliedChange): void {
    for (const name of removedTenants) this.table.removeTenant(name);
    this.table.put({ keys, tenants });
    this.sessions.put(sessions, this.#options.clock.now());
  }

  /** Reads again after a while, and so on. */
  follow(): void {
    if (this.#disposed) return;
    const { clock, settings } = this.#options;
    const wait = this.isLoaded ? settings().sync : RETRY_MS;
    this.#timer = clock.timer(
      wait,
      () =>
        void this.sync()
          .catch(ignored)
          .then(() => this.follow()),
    );
  }

  async #read(): Promise<void> {
    const { directory, clock, onChange, onProblem } = this.#options;
    const at = clock.now();
    try {
      const first = !this.isLoaded;
      const read: Partial<DirectoryChanges> & Directory = first
        ? await directory.load()
        : await directory.changesAfter(this.#seq);
      this.readAt = at;
      if (first || read.seq !== this.#seq) {
        this.#put(read);
        this.#seq = read.seq;
        onChange();
      }
      if (this.#failed) onProblem('the keys of the store are read again');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed && !this.#disposed)
        onProblem(`keys cannot be read: ${error instanceof StoreError ? error.message : 'unknown reason'}`);
      this.#failed = true;
      throw error;
    }
  }

  #isStale(): boolean {
    const { clock, settings } = this.#options;
    return this.readAt === undefined || clock.now() - this.readAt > settings().maxStale;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
  }
}

function ignored(): void {}
