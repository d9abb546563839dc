import { createHash } from 'node:crypto';

/** The keys of one run. They are in one slot of a Cluster. */
export interface RunKeys {
  /** A hash: what is known of the run beside its events. */
  readonly record: string;
  /** A stream. */
  readonly events: string;
  /** Exists while its owner is alive. */
  readonly owner: string;
}

/** The keys of a run. */
export function runKeys(prefix: string, id: string): RunKeys {
  const base = `${prefix}:{${id}}`;
  return { record: `${base}:m`, events: `${base}:e`, owner: `${base}:o` };
}

/** All of them, in the order in which scripts have them. */
export function listOf({ record, events, owner }: RunKeys): readonly string[] {
  return [record, events, owner];
}

/** The key of a claimed idempotency key, which may hold anything. */
export function claimKey(prefix: string, key: string): string {
  return `${prefix}:run-key:${createHash('sha256').update(key).digest('hex')}`;
}

/** The stream of messages to a process. */
export function inboxKey(prefix: string, process: string): string {
  return `${prefix}:run-inbox:${process}`;
}

/** The processes that share runs: a sorted set. */
export function processesKey(prefix: string): string {
  return `${prefix}:run-processes`;
}
