import { randomBytes } from 'node:crypto';
import { CLAIMED_REPLICAS } from '../../lib/time-ids.ts';
import type { Database } from '../database.ts';
import type { OpenedLog } from './stored-log.ts';
import { makeAllPartitions } from './partitions.ts';

/** How long a process keeps its number unless it claims it again, in milliseconds. */
const CLAIM_MS = 24 * 3600_000;
/** Bytes of the secret. */
const SECRET_BYTES = 32;
const SECRET_NAME = 'user_secret';

/** Claims a number for a process, or its number again, reads the secret, and makes the partitions of the next days. `now`: milliseconds since the epoch. */
export async function openLog(
  database: Database,
  { process, now }: { readonly process: string; readonly now: number },
): Promise<OpenedLog> {
  const { queries } = database;
  await makeAllPartitions(database, now);
  await queries
    .insertInto('log_setting')
    .values({ name: SECRET_NAME, value: randomBytes(SECRET_BYTES).toString('base64url') })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { value: secret } = await queries
    .selectFrom('log_setting')
    .select('value')
    .where('name', '=', SECRET_NAME)
    .executeTakeFirstOrThrow();
  return { replica: await claim(database, process, now), secret };
}

async function claim({ queries }: Database, process: string, now: number): Promise<number> {
  const expiresAt = now + CLAIM_MS;
  const own = await queries
    .updateTable('log_replica')
    .set({ expires_at: expiresAt })
    .where('process', '=', process)
    .returning('no')
    .executeTakeFirst();
  if (own !== undefined) return own.no;
  await queries.deleteFrom('log_replica').where('expires_at', '<', now).execute();
  const taken = new Set((await queries.selectFrom('log_replica').select('no').execute()).map(({ no }) => no));
  for (let no = 0; no < CLAIMED_REPLICAS; no++) {
    if (taken.has(no)) continue;
    const claimed = await queries
      .insertInto('log_replica')
      .values({ no, process, expires_at: expiresAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('no')
      .executeTakeFirst();
    if (claimed !== undefined) return no;
  }
  throw new Error(`more than ${CLAIMED_REPLICAS} processes write to it`);
}
