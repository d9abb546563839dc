import { topLevelMembers } from '../../lib/json-members.ts';

/** What is to become of top-level members, by their keys. */
export interface Edits {
  /** A JSON text sets the value, undefined takes the member out. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** New keys; a member whose new key is there already, and says more than null, is taken out instead. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/**
 * Edits top-level members of a JSON object in its own bytes; every other byte stays as it is. A member with a value that is not there is
 * added at the end. `body` must be a valid JSON object.
 */
export function splice(body: Buffer, { values, keys = {} }: Edits): Buffer {
  const members = topLevelMembers(body);
  const renameOf = (key: string): string | undefined => (Object.hasOwn(keys, key) ? keys[key] : undefined);
  const taken = new Set(
    members.filter(({ valueStart, valueEnd }) => !isNull(body, valueStart, valueEnd)).map(({ key }) => key),
  );
  const replaced = new Set(
    members.map(({ key }) => renameOf(key)).filter((key) => key !== undefined && !taken.has(key)),
  );
  const missing = new Map(Object.entries(values).filter(([, value]) => value !== undefined));
  const close = body.lastIndexOf('}');
  const parts: Buffer[] = [body.subarray(0, members[0]?.keyStart ?? close)];
  let kept: number | undefined;
  for (const [index, { key, keyStart, valueStart, valueEnd }] of members.entries()) {
    const renamed = renameOf(key);
    const edited = Object.hasOwn(values, key);
    const value = edited ? values[key] : undefined;
    if ((edited && value === undefined) || replaced.has(key) || (renamed !== undefined && taken.has(renamed))) continue;
    // What stood between the last member kept and the one after it, whichever that was.
    if (kept !== undefined) parts.push(body.subarray(members[kept]?.valueEnd, members[kept + 1]?.keyStart));
    parts.push(
      renamed === undefined ? body.subarray(keyStart, valueStart) : Buffer.from(`${JSON.stringify(renamed)}:`),
      value === undefined ? body.subarray(valueStart, valueEnd) : Buffer.from(value),
    );
    missing.delete(key);
    kept = index;
  }
  parts.push(body.subarray(members.at(-1)?.valueEnd ?? close, close));
  const added = [...missing].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
  if (added !== '') parts.push(Buffer.from(kept === undefined ? added : `,${added}`));
  parts.push(body.subarray(close));
  return Buffer.concat(parts);
}

function isNull(body: Buffer, start: number, end: number): boolean {
  return end - start === 4 && body.toString('latin1', start, end) === 'null';
}
