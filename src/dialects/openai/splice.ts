import { type JsonMember, topLevelMembers } from '../../lib/json-members.ts';

/** What is to become of top-level members: a JSON text sets the value, undefined takes the member out. */
export type Edits = Readonly<Record<string, string | undefined>>;

/**
 * Edits top-level members of a JSON object in its own bytes; every other byte stays as it is. A member that is not there is added
 * at the end. At most one member may be taken out. `body` must be a valid JSON object.
 */
export function splice(body: Buffer, edits: Edits): Buffer {
  const members = topLevelMembers(body);
  const parts: Buffer[] = [];
  const missing = new Map(Object.entries(edits).filter(([, value]) => value !== undefined));
  let from = 0;
  let left = members.length;
  for (const [index, member] of members.entries()) {
    if (!Object.hasOwn(edits, member.key)) continue;
    const value = edits[member.key];
    if (value === undefined) {
      const [start, end] = withItsComma(members, index);
      parts.push(body.subarray(from, Math.max(from, start)));
      from = end;
      left--;
    } else {
      parts.push(body.subarray(from, member.valueStart), Buffer.from(value));
      from = member.valueEnd;
      missing.delete(member.key);
    }
  }
  const close = body.lastIndexOf('}');
  parts.push(body.subarray(from, close));
  const added = [...missing].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
  if (added !== '') parts.push(Buffer.from(left > 0 ? `,${added}` : added));
  parts.push(body.subarray(close));
  return Buffer.concat(parts);
}

/** The bytes that go with a member: up to the next one, or for the last one from the end of the one before. */
function withItsComma(members: readonly JsonMember[], index: number): [start: number, end: number] {
  const member = members[index];
  if (member === undefined) return [0, 0];
  const next = members[index + 1];
  if (next !== undefined) return [member.keyStart, next.keyStart];
  return [members[index - 1]?.valueEnd ?? member.keyStart, member.valueEnd];
}
