import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { Secret } from '../config/secret.ts';
import { isRecord } from '../lib/record.ts';

/** A configuration on its way to another process, with its secrets in plain. */
export interface SentConfig {
  readonly json: string;
  /** The one member of an object that stands for a secret. */
  readonly mark: string;
}

/** Writes a checked configuration for another process. It is for a pipe between processes of one gateway only, because it reveals all secrets. */
export function sendConfig(config: Config): SentConfig {
  // Parameters of a configuration may have any names, but not one that is made now.
  const mark = randomUUID();
  const json = JSON.stringify(config, function (this: unknown, key, value: unknown) {
    // A secret's own JSON hides it, so its owner is asked.
    const original: unknown = isRecord(this) || Array.isArray(this) ? Reflect.get(this, key) : undefined;
    return original instanceof Secret ? { [mark]: original.reveal() } : value;
  });
  return { json, mark };
}

/** Reads a configuration that `sendConfig` has written. Members without a value are left out. */
export function receiveConfig({ json, mark }: SentConfig): Config {
  const config: Config = JSON.parse(json, (_, value: unknown) => {
    const secret = isRecord(value) ? value[mark] : undefined;
    return typeof secret === 'string' ? new Secret(secret) : value;
  });
  return config;
}
