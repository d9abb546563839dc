import { sessionEnd, type SessionRecord, type SessionUse } from '../domain/session-record.ts';
import type { Clock } from '../lib/clock.ts';
import { fromStore } from '../store/from-store.ts';
import type { DirectoryChange, Store } from '../store/store.ts';

/** Writes uses and ends of sessions, which count in this process whatever the store does. Disposing it stops what waits for the store. */
export interface SessionWrites extends Disposable {
  /** Writes a use in the background. One that cannot be written is written with the next one, in its newest form. Never throws. */
  use(use: SessionUse): void;
  /**
   * Writes the end of a session. Rejects with `store_unavailable`, and writes it then as soon as the store can be used: other processes would accept the session until then,
   * and this one after a restart.
   */
  end(change: SessionEnding): Promise<void>;
}

/** The end of a session, with its audit row. */
export interface SessionEnding extends Pick<DirectoryChange, 'audit'> {
  readonly session: SessionRecord;
}

/** Time between two tries of a store that has failed, in milliseconds. */
const RETRY_MS = 1000;

/** Makes what writes to a store. */
export function createSessionWrites(directory: Store['directory'], clock: Clock): SessionWrites {
  const uses = new Map<string, number>();
  const endings = new Map<string, SessionEnding>();
  let writing = false;
  let timer: Disposable | undefined;
  let closed = false;

  const write = ({ session, audit }: SessionEnding): Promise<number> => directory.apply({ sessions: [session], audit });

  async function writeUses(): Promise<void> {
    if (writing) return;
    writing = true;
    try {
      while (uses.size > 0) {
        const batch = [...uses].map(([digest, usedAt]) => ({ digest, usedAt }));
        await directory.noteUses(batch);
        for (const { digest, usedAt } of batch) if (uses.get(digest) === usedAt) uses.delete(digest);
      }
    } catch {
      // They are written with the next use. The replica reports that the store is away.
    } finally {
      writing = false;
    }
  }

  async function writeEndings(): Promise<void> {
    try {
      for (const [digest, ending] of endings) {
        // By now it has ended everywhere.
        if (sessionEnd(ending.session) > clock.now()) await write(ending);
        endings.delete(digest);
      }
    } catch {
      // As above. All that is left is tried again.
    } finally {
      timer = undefined;
      if (endings.size > 0) retry();
    }
  }

  function retry(): void {
    if (!closed) timer ??= clock.timer(RETRY_MS, () => void writeEndings());
  }

  return {
    use({ digest, usedAt }) {
      uses.set(digest, usedAt);
      void writeUses();
    },
    async end(ending) {
      try {
        await fromStore(write(ending));
      } catch (error) {
        endings.set(ending.session.digest, ending);
        retry();
        throw error;
      }
    },
    [Symbol.dispose]() {
      closed = true;
      timer?.[Symbol.dispose]();
    },
  };
}
