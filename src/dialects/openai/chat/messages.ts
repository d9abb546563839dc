import type { Quirks } from '../../../domain/chain.ts';
import { arrayItems, topLevelMembers } from '../../../lib/json-members.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { type Edits, splice } from '../splice.ts';

/**
 * The JSON of `messages` in the form that a server with these quirks accepts: the role `system` in place of `developer`, and without the
 * members of an answer that the server refuses. Every other byte stays. Undefined where nothing has to change. `input` is the parsed form of
 * `body`, a JSON object.
 */
export function mendMessages(body: Buffer, input: unknown, quirks: Quirks): string | undefined {
  if (quirks.developerRole && quirks.messageRejects.length === 0) return undefined;
  const messages = memberOf(input, 'messages');
  const edits = Array.isArray(messages) ? messages.map((message: unknown) => editsOf(message, quirks)) : [];
  const member = topLevelMembers(body).find(({ key }) => key === 'messages');
  if (member === undefined || edits.every((each) => each === undefined)) return undefined;
  const bytes = body.subarray(member.valueStart, member.valueEnd);
  const parts: Buffer[] = [];
  let copied = 0;
  for (const [index, [start, end]] of arrayItems(bytes).entries()) {
    const values = edits[index];
    if (values === undefined) continue;
    parts.push(bytes.subarray(copied, start), splice(bytes.subarray(start, end), { values }));
    copied = end;
  }
  return Buffer.concat([...parts, bytes.subarray(copied)]).toString('utf8');
}

function editsOf(message: unknown, { developerRole, messageRejects }: Quirks): Edits['values'] | undefined {
  const isRejected = ([name, value]: [string, unknown]): boolean =>
    messageRejects.includes(name) || (messageRejects.length > 0 && name !== 'content' && isEmpty(value));
  const removed = Object.entries(fieldsOf(message)).filter(isRejected);
  const changesRole = !developerRole && memberOf(message, 'role') === 'developer';
  if (removed.length === 0 && !changesRole) return undefined;
  return {
    ...Object.fromEntries(removed.map(([name]) => [name, undefined])),
    ...(changesRole ? { role: '"system"' } : {}),
  };
}

/** Whether a value is null or an empty list. Answers hold such members, and a server that does not know a member refuses these too. */
function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
