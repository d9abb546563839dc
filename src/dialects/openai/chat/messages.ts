import type { Quirks } from '../../../domain/chain.ts';
import { arrayItems, topLevelMembers } from '../../../lib/json-members.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { type Edits, splice } from '../splice.ts';

/**
 * The JSON of `messages` as a server with these quirks takes them: `system` for `developer`, and nothing of an answer's that it refuses
 * to be told again; every other byte stays. Undefined where they may go as they are. `body` is the JSON object that `input` was read of.
 */
export function mendMessages(body: Buffer, input: unknown, quirks: Quirks): string | undefined {
  if (quirks.developerRole && quirks.messageRejects.length === 0) return undefined;
  const messages = memberOf(input, 'messages');
  const edits = Array.isArray(messages) ? messages.map((message: unknown) => editsOf(message, quirks)) : [];
  const member = topLevelMembers(body).find(({ key }) => key === 'messages');
  if (member === undefined || edits.every((each) => each === undefined)) return undefined;
  const bytes = body.subarray(member.valueStart, member.valueEnd);
  const parts: Buffer[] = [];
  let from = 0;
  for (const [index, [start, end]] of arrayItems(bytes).entries()) {
    const values = edits[index];
    if (values === undefined) continue;
    parts.push(bytes.subarray(from, start), splice(bytes.subarray(start, end), { values }));
    from = end;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]).toString('utf8');
}

function editsOf(message: unknown, { developerRole, messageRejects }: Quirks): Edits['values'] | undefined {
  const refused = ([name, value]: [string, unknown]): boolean =>
    messageRejects.includes(name) || (messageRejects.length > 0 && name !== 'content' && saysNothing(value));
  const gone = Object.entries(fieldsOf(message)).filter(refused);
  const older = !developerRole && memberOf(message, 'role') === 'developer';
  if (gone.length === 0 && !older) return undefined;
  return { ...Object.fromEntries(gone.map(([name]) => [name, undefined])), ...(older ? { role: '"system"' } : {}) };
}

/** Answers hold members that are null or an empty list; who does not know a member refuses these too. */
function saysNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
