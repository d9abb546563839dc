import { arrayItems, topLevelMembers } from '../../lib/json-members.ts';

/** The bytes of `messages` with `system` wherever a role is `developer`; every other byte stays. They must be a valid JSON array. */
export function withoutDeveloper(messages: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const [start, end] of arrayItems(messages)) {
    for (const { key, valueStart, valueEnd } of topLevelMembers(messages.subarray(start, end))) {
      if (key !== 'role' || !isDeveloper(messages.subarray(start + valueStart, start + valueEnd))) continue;
      parts.push(messages.subarray(from, start + valueStart), Buffer.from('"system"'));
      from = start + valueEnd;
    }
  }
  return Buffer.concat([...parts, messages.subarray(from)]);
}

/** The word may be written with escapes. */
function isDeveloper(value: Buffer): boolean {
  return value.length < 100 && JSON.parse(value.toString('utf8')) === 'developer';
}
