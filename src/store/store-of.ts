import type { KeyRecord, TenantRecord } from '../domain/key-record.ts';
import type { Clock } from '../lib/clock.ts';
import type { RunQuery } from './queries.ts';
import type { StoredLog } from './request-log/stored-log.ts';
import type { Store, StoredDirectory, StoredLeases } from './store.ts';

/** What a store is made of. */
export interface StoreParts {
  readonly persistent: boolean;
  /** Whether several processes spend from the budgets in it. */
  readonly shared: boolean;
  readonly run: RunQuery;
  readonly clock: Clock;
  readonly watch: StoredDirectory['watch'];
  readonly dispose: () => Promise<void>;
}

/** Makes a store of what runs its queries. */
export function storeOf({ persistent, shared, run, clock, watch, dispose }: StoreParts): Store {
  return {
    persistent,
    limits: {
      load: (now) => run('loadLimits', now),
      save: (save) => run('saveLimits', save),
    },
    directory: {
      async load() {
        // First: what changes while the pages are read comes again with the changes after it.
        const seq = await run('newestChange', undefined);
        const keys = await loadKeys(run);
        const tenants = await run('allTenants', undefined);
        const sessions = await run('allSessions', undefined);
        return { seq, keys, tenants: tenants.map(parseTenant), sessions };
      },
      async changesAfter(seq) {
        const changes = await run('changesAfter', seq);
        return { ...changes, keys: changes.keys.map(parseKey), tenants: changes.tenants.map(parseTenant) };
      },
      noteUses: (uses) => run('noteSessionUses', uses),
      apply: (change) => run('applyChange', change),
      watch,
    },
    records: {
      write: (batch) => run('writeBatch', { batch, now: clock.now() }),
      spend: (since) => run('spendSince', since),
      lastUsed: async () => new Map(await run('lastUses', undefined)),
      usage: (query) => run('usageSums', query),
      hours: (query) => run('hourSums', query),
      attempts: (query) => run('attemptHours', query),
      audit: (query) => run('auditPage', query),
    },
    requestLog: requestLogOf(run, clock, persistent ? undefined : MEMORY_BODIES),
    leases: shared ? leasesOf(run) : undefined,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Requests of which a store in memory keeps the bodies. */
const MEMORY_BODIES = 500;

function requestLogOf(run: RunQuery, clock: Clock, mostBodies: number | undefined): StoredLog {
  return {
    open: (process) => run('openLog', { process, now: clock.now() }),
    write: (rows) => run('writeRequests', rows),
    page: (query) => run('requestPage', query),
    maintain: (bounds) => run('maintainLog', { ...bounds, now: clock.now() }),
    forget: (slice) => run('forgetRequests', slice),
    writeBodies: (bodies) => run('writeBodies', { bodies, most: mostBodies }),
    readBody: (id, audit) => run('readBody', { id, audit }),
  };
}

function leasesOf(run: RunQuery): StoredLeases {
  return {
    lease: (process, request) => run('leaseSpend', { ...request, process }),
    renew: (process) => run('renewLeases', process),
    end: (process) => run('endLeases', process),
  };
}

async function loadKeys(run: RunQuery): Promise<readonly KeyRecord[]> {
  const keys: KeyRecord[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<typeof run<'keysAfter'>>> = await run('keysAfter', after);
    keys.push(...page.keys.map(parseKey));
    after = page.last;
  }
  return keys;
}

function parseKey(text: string): KeyRecord {
  const record: KeyRecord = JSON.parse(text);
  return record;
}

function parseTenant(text: string): TenantRecord {
  const record: TenantRecord = JSON.parse(text);
  return record;
}
