import { printable } from '../lib/printable.ts';

/**
 * Why a Redis cannot be used. `unreachable`: no connection, or one that was cut. `loading`: it reads its data. `readonly`: a replica, or one that refuses writes.
 * `full`: its memory is used up. `forbidden`: a password or a right is missing. `down`: the Cluster does not serve all keys. `refused`: any other reply that is an error.
 */
export type RedisProblem = 'unreachable' | 'loading' | 'readonly' | 'full' | 'forbidden' | 'down' | 'refused';

/** Codes that replies of errors begin with (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors). */
const CODES: Readonly<Record<string, RedisProblem>> = Object.freeze({
  LOADING: 'loading',
  BUSY: 'loading',
  READONLY: 'readonly',
  MISCONF: 'readonly',
  NOREPLICAS: 'readonly',
  OOM: 'full',
  NOAUTH: 'forbidden',
  WRONGPASS: 'forbidden',
  NOPERM: 'forbidden',
  CLUSTERDOWN: 'down',
  MASTERDOWN: 'down',
  TRYAGAIN: 'down',
});

/** A Redis that cannot be used. The message is one line and holds no secret. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly problem: RedisProblem;

  constructor(problem: RedisProblem, message: string) {
    super(printable(message));
    this.problem = problem;
  }
}

/** Classifies an error of ioredis. Its own errors hold the arguments of the command, so that of a refused password the password: they are not kept as the cause. */
export function toRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) return error;
  const message = messageOf(error);
  const [code = ''] = /(?<=^(?:ERR Error running script.*: )?-?)[A-Z]+(?= )/.exec(message) ?? [];
  const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  const replied = error instanceof Error && error.name === 'ReplyError';
  return new RedisError(known ?? (replied ? 'refused' : 'unreachable'), message);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection was closed before the reply';
  if (/enableOfflineQueue options is false/.test(error.message)) return 'not connected';
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error.message;
}
