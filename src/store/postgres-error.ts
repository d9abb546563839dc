import pg from 'pg';
import { memberOf } from '../lib/record.ts';
import { MigrationError } from './migrations.ts';
import { reasonOf, StoreError, type StoreProblem } from './store-error.ts';

/** SQLSTATE codes, or their classes of two characters (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const SQL_STATES: Readonly<Record<string, StoreProblem>> = Object.freeze({
  '08': 'unreachable',
  '22': 'refused',
  '23': 'refused',
  '25006': 'forbidden',
  '28': 'forbidden',
  '3D': 'no_database',
  '40': 'locked',
  '42501': 'forbidden',
  '53100': 'full',
  '53300': 'unreachable',
  '55P03': 'locked',
  '57': 'unreachable',
  XX001: 'damaged',
  XX002: 'damaged',
});

/** Classifies an error of a database server. Returns a StoreError unchanged. `address`: see `addressOf`. */
export function toServerError(error: unknown, address: string): StoreError {
  if (error instanceof StoreError) return error;
  const cause = error instanceof MigrationError ? error.cause : error;
  return new StoreError(problemOf(cause), address, { reason: reasonOf(error), cause: error });
}

function problemOf(error: unknown): StoreProblem {
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError) return SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)] ?? 'unusable';
  // A certificate or a file that is named in the URL does not become right by waiting.
  if (memberOf(error, 'syscall') === 'open') return 'unusable';
  const ofConnection = /^E(?:[A-Z]+|AI_AGAIN)$/.test(code) || /timeout|terminated|not queryable/i.test(String(error));
  return ofConnection ? 'unreachable' : 'unusable';
}

function codeOf(error: unknown): string {
  const code = memberOf(error, 'code');
  return typeof code === 'string' ? code : '';
}
