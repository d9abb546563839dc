import type { Kysely } from 'kysely';
import {
  MAX_SESSIONS_PER_KEY,
  SESSION_IDLE_MS,
  SESSION_MAX_MS,
  type SessionRecord,
  type SessionRole,
  type SessionUse,
} from '../domain/session-record.ts';
import { batches, type Database } from './database.ts';
import { newestChange, noteChanges } from './change-rows.ts';
import type { SessionRow, Tables } from './tables.ts';

type Transaction = Kysely<Tables>;

/** How long the row of an ended session is kept, in milliseconds: other processes accept no session once they have read nothing for as long. */
export const ENDED_SESSION_MS = 24 * 3600_000;
/** Clocks of processes may differ by so much, in milliseconds. */
const CLOCK_SKEW_MS = 3600_000;

/** Returns the sessions that were not ended. */
export async function allSessions({ queries }: Database): Promise<readonly SessionRecord[]> {
  const rows = await queries.selectFrom('session').selectAll().where('ended_at', 'is', null).execute();
  return rows.map(toRecord);
}

/** Returns the sessions that have changed after the change number `seq`. */
export async function sessionsAfter({ queries }: Pick<Database, 'queries'>, seq: number): Promise<SessionRecord[]> {
  const rows = await queries
    .selectFrom('change')
    .innerJoin('session', 'session.digest', 'change.id')
    .selectAll('session')
    .where('kind', '=', 'session')
    .where('seq', '>', seq)
    .execute();
  return rows.map(toRecord);
}

/**
 * Writes sessions in a transaction of the directory. Of the sessions of their keys all but the newest 100 are ended, and rows that no process needs any
 * more are deleted. Resolves to the digests of all that have changed.
 */
export async function replaceSessions(
  transaction: Transaction,
  sessions: readonly SessionRecord[],
): Promise<readonly string[]> {
  const [first] = sessions;
  if (first === undefined) return [];
  const now = Math.max(...sessions.map(({ createdAt, endedAt = createdAt }) => endedAt));
  for (const part of batches(sessions.map(toRow)))
    await transaction
      .insertInto('session')
      .values(part)
      .onConflict((conflict) =>
        conflict.column('digest').doUpdateSet((row) => ({ ended_at: row.ref('excluded.ended_at') })),
      )
      .execute();
  const changed = sessions.map(({ digest }) => digest);
  for (const keyId of new Set(sessions.map((session) => session.keyId)))
    changed.push(...(await endOldest(transaction, keyId, now)));
  await prune(transaction, now);
  return changed;
}

async function endOldest(transaction: Transaction, keyId: string, now: number): Promise<readonly string[]> {
  const open = await transaction
    .selectFrom('session')
    .select('digest')
    .where('key_id', '=', keyId)
    .where('ended_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('digest')
    .execute();
  const oldest = open.slice(MAX_SESSIONS_PER_KEY).map(({ digest }) => digest);
  if (oldest.length > 0)
    await transaction.updateTable('session').set({ ended_at: now }).where('digest', 'in', oldest).execute();
  return oldest;
}

async function prune(transaction: Transaction, now: number): Promise<void> {
  await transaction
    .deleteFrom('session')
    .where((row) =>
      row.or([
        row('ended_at', '<', now - ENDED_SESSION_MS - CLOCK_SKEW_MS),
        row('used_at', '<', now - SESSION_IDLE_MS - CLOCK_SKEW_MS),
        row('created_at', '<', now - SESSION_MAX_MS - CLOCK_SKEW_MS),
      ]),
    )
    .execute();
  // Numbers of changes never fall: the one that is written now has the highest.
  await transaction
    .deleteFrom('change')
    .where('kind', '=', 'session')
    .where((row) =>
      row.not(row.exists(row.selectFrom('session').select('digest').whereRef('digest', '=', 'change.id'))),
    )
    .execute();
}

/** Writes when sessions were last used, in one transaction. A use that is not newer, or of a session that has ended, changes nothing. */
export async function noteSessionUses(database: Database, uses: readonly SessionUse[]): Promise<void> {
  await database.write('directory', async (transaction) => {
    const changed: string[] = [];
    for (const { digest, usedAt } of uses) {
      const row = await transaction
        .updateTable('session')
        .set({ used_at: usedAt })
        .where('digest', '=', digest)
        .where('used_at', '<', usedAt)
        .where('ended_at', 'is', null)
        .returning('digest')
        .executeTakeFirst();
      if (row !== undefined) changed.push(row.digest);
    }
    const seq = (await newestChange({ queries: transaction })) + 1;
    await noteChanges(
      transaction,
      changed.map((id) => ({ kind: 'session', id, seq })),
    );
  });
}

function toRow(session: SessionRecord): SessionRow {
  return {
    digest: session.digest,
    key_id: session.keyId,
    masked_key: session.maskedKey,
    role: session.role,
    created_at: session.createdAt,
    used_at: session.usedAt,
    ended_at: session.endedAt ?? null,
  };
}

function toRecord(row: SessionRow): SessionRecord {
  return {
    digest: row.digest,
    keyId: row.key_id,
    maskedKey: row.masked_key,
    role: roleOf(row.role),
    createdAt: row.created_at,
    usedAt: row.used_at,
    endedAt: row.ended_at ?? undefined,
  };
}

/** A text that is no role counts as the highest: a session ends where its key has a lower one. */
function roleOf(text: string): SessionRole {
  return text === 'viewer' ? text : 'admin';
}
