import type { ReportedError } from '../domain/provider-error.ts';

/** Only so many characters of a message are searched. */
const MAX_TEXT = 4096;
/** Only so many names are kept. */
const MAX_NAMES = 64;
/** A name with the path to a member of it: `messages[0].content`, `body.messages.0.content`, `temperature`. */
const PATH = /[a-z_]\w{0,59}(?:\.?\[\d{1,9}\]|\.\w{1,60}){0,16}/gi;

/**
 * The paths of fields that an error may be about: its `param`, and everything in its text that looks like a name. Ordinary words are among
 * them, so a path counts only where the API's schema knows it.
 */
export function namedFields({ param, message }: ReportedError): readonly string[] {
  const inText = [...message.slice(0, MAX_TEXT).matchAll(PATH)].map(([path]) => path);
  return [...new Set(param === null ? inText : [param, ...inText])].slice(0, MAX_NAMES);
}
