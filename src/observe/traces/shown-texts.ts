import { putBounded } from '../../lib/bounded-map.ts';
import type { Redact } from '../../lib/redact.ts';

/** Longest name in a span, in characters. */
const MAX_NAME_CHARS = 200;
/** A name is redacted before it is cut: the beginning of a key may be too short to be known as one. */
const MAX_READ_CHARS = 4096;
/** Most texts that are remembered for one redactor, and the longest of them, in characters. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_CHARS = 300;

const remembering = new WeakMap<Redact, Redact>();

/**
 * The same redactor for texts that spans repeat: names of models, user agents, paths. It remembers the newest 500 short ones, because redacting
 * takes longer than all the rest of an attribute.
 */
export function remembered(redact: Redact): Redact {
  const known = remembering.get(redact);
  if (known !== undefined) return known;
  const texts = new Map<string, string>();
  const made: Redact = (text) => {
    const before = texts.get(text);
    if (before !== undefined) return before;
    const clean = redact(text);
    if (text.length <= MAX_REMEMBERED_CHARS) putBounded(texts, [text, clean], MAX_REMEMBERED);
    return clean;
  };
  remembering.set(redact, made);
  return made;
}

/**
 * A name that may be the client's, such as that of a model of a provider that allows all its models: without known secrets, and at most 200
 * characters.
 */
export function shownName(name: string, redact: Redact): string {
  const clean = redact(name.length > MAX_READ_CHARS ? name.slice(0, MAX_READ_CHARS) : name);
  return clean.length > MAX_NAME_CHARS ? clean.slice(0, MAX_NAME_CHARS) : clean;
}
