import type { Redact } from '../lib/redact.ts';
import { isRecord } from '../lib/record.ts';
import { REDACTED } from '../lib/secret-values.ts';
import type { Config } from './schema.ts';

/** A configuration as operators may see it. */
export type ShownConfig = Readonly<Record<string, unknown>>;

/**
 * A configuration as operators may see it: keys, values of headers, users, passwords and queries of URLs are `***`, and so is every text that `redact`
 * takes for a secret; certificates are counted.
 */
export function viewOf(config: Config, redact: Redact): ShownConfig {
  // A Secret serializes as `***`.
  const plain: unknown = JSON.parse(JSON.stringify(config));
  const seen = clean(plain, redact);
  return isRecord(seen) ? seen : {};
}

function clean(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(withoutUrlSecrets(withoutCertificates(value)));
  if (Array.isArray(value)) return value.map((item) => clean(item, redact));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clean(item, redact)]));
}

/** A URL without its user and password, which may contain an `@`, and without the values of its query; any other text as it is. */
function withoutUrlSecrets(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text.replace(/(?<=^[^/]*\/\/)[^/?#]*@/, `${REDACTED}@`).replaceAll(/(?<=[?&][^=&#]*=)[^&#]+/g, REDACTED);
}

function withoutCertificates(text: string): string {
  const count = text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (count === 0) return text;
  return count === 1 ? '1 certificate' : `${count} certificates`;
}
