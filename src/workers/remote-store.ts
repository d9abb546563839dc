import type { Clock } from '../lib/clock.ts';
import type { RunQuery } from '../store/queries.ts';
import type { SqliteFault } from '../store/sqlite-protocol.ts';
import { ConflictError, type Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { storeOf } from '../store/store-of.ts';
import type { Link } from './link.ts';
import type { PrimaryProcedures, SentQuery, StoreAnswer, StoreFacts } from './protocol.ts';

/** The store of the primary process, in a worker. */
export interface RemoteStore {
  readonly store: Store;
  /** Another worker has changed keys, tenants or sessions. */
  readonly onDirectoryChange: () => void;
}

/** Makes the worker's side of the store that the primary process has open. Its calls reject with a StoreError once the primary is gone. */
export function createRemoteStore(
  link: Link<PrimaryProcedures>,
  { facts, clock }: { readonly facts: StoreFacts; readonly clock: Clock },
): RemoteStore {
  const listeners = new Set<() => void>();
  const run: RunQuery = async (name, argument) => {
    const answer = await sent({ name, argument });
    if ('fault' in answer) throw errorOf(answer.fault, facts);
    return answer.result;
  };

  function sent(query: SentQuery): Promise<StoreAnswer<never>> {
    return link.call('query', query).catch((): StoreAnswer<never> => ({ fault: GONE }));
  }

  return {
    store: {
      ...storeOf({
        persistent: facts.persistent,
        shared: true,
        run,
        clock,
        watch(listener) {
          const own = (): void => listener();
          listeners.add(own);
          return { [Symbol.dispose]: () => void listeners.delete(own) };
        },
        dispose: () => Promise.resolve(),
      }),
      hosted: true,
    },
    onDirectoryChange() {
      for (const listener of listeners) listener();
    },
  };
}

const GONE: SqliteFault = Object.freeze({ problem: 'unreachable', reason: 'the primary process is gone' });

function errorOf(fault: SqliteFault, { name }: StoreFacts): Error {
  return 'conflict' in fault
    ? new ConflictError(fault.conflict, fault.message)
    : new StoreError(fault.problem, name, { reason: fault.reason });
}
