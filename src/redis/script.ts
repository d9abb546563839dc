import { hash } from 'node:crypto';
import type { RedisClient } from './connect.ts';

/** A program in Lua that the server keeps once it has run. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Returns a script by its text. */
export function createScript(lua: string): Script {
  return Object.freeze({ lua, sha: hash('sha1', lua, 'hex') });
}

/** What a script works on. In a Cluster all keys have one hash tag. */
export interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs a script by its hash, with its text where the server does not know it: then it has not run. Rejects with ioredis's errors. */
export async function runScript(
  client: RedisClient,
  { lua, sha }: Script,
  { keys, args }: ScriptInput,
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}
