import type { ReportedError } from '../domain/provider-error.ts';

/** Only so many characters of a message are searched. */
const MAX_TEXT = 4096;
/** Only so many names are kept. */
const MAX_NAMES = 64;
/** A name with the path to a member of it: `messages[0].content`, `body.messages.0.content`, `$.messages[0].content`, `/messages/0/content`. */
const PATH = String.raw`(?:\$\.|\/)?[a-z_]\w{0,59}(?:\.?\[\d{1,9}\]|[./]\w{1,60}){0,16}`;
/** Where a text names a field rather than uses a word: in quotation marks, as a path, or at its start and in front of a colon. */
const NAMED: readonly RegExp[] = [
  String.raw`['"\x60](${PATH})['"\x60]`,
  String.raw`(?<![\w./$])((?:\$\.|\/)?[a-z_]\w{0,59}(?:\.?\[\d{1,9}\]|[./]\w{1,60}){1,16})`,
  String.raw`(?:^|\n|: )(${PATH})(?=: )`,
].map((source) => new RegExp(source, 'gi'));

/** The paths of fields that an error names: its `param`, and those in its text. */
export function namedFields({ param, message }: ReportedError): readonly string[] {
  const text = message.slice(0, MAX_TEXT);
  const inText = NAMED.flatMap((pattern) => [...text.matchAll(pattern)].map(([, path]) => path ?? ''));
  return [...new Set(param === null ? inText : [param, ...inText])].slice(0, MAX_NAMES);
}
