import { PROXIED, RESERVED_NAMES } from '../domain/principal.ts';
import { printable } from '../lib/printable.ts';
import { name } from './texts.ts';

/** The longest name of a key or a tenant, in characters. */
const MAX_NAME_LENGTH = 128;

/** Schema of a key's name: records, logs and metrics name a principal by it. */
export const keyName = named((text) => {
  const plain = text.normalize('NFKC').trim().toLowerCase();
  if (!RESERVED_NAMES.includes(plain) && !plain.startsWith(PROXIED)) return undefined;
  return `'${text}' is reserved for the gateway; choose another name`;
});

/** Schema of a tenant's name. It is a segment of paths of the API. */
export const tenantName = named((text) => (text.includes('/') ? "must not contain '/'" : undefined));

/** Schema of a name that people and records read. Reports one problem, the first. */
function named(problemOf: (text: string) => string | undefined) {
  return name.superRefine((text, context) => {
    const message = formProblem(text) ?? problemOf(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function formProblem(text: string): string | undefined {
  if (printable(text) !== text) return 'must not contain control or format characters; remove them';
  if (text.length > MAX_NAME_LENGTH) return `must have at most ${MAX_NAME_LENGTH} characters`;
  return text.isWellFormed() ? undefined : 'must be well-formed Unicode';
}
