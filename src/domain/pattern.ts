/** Whether a name matches a pattern in which `*` stands for any run of characters. Linear in the name for each `*`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return name === pattern;
  if (!name.startsWith(head)) return false;
  const tail = parts.pop() ?? '';
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - at >= tail.length && name.endsWith(tail);
}

/** Whether every name that matches the pattern `inner` matches the pattern `outer`. */
export function coversPattern(outer: string, inner: string): boolean {
  // As a name `inner` has a text at each of its stars that no other pattern has: `outer` must match it by a star of its own.
  return !outer.includes(ANY_TEXT) && matchesPattern(outer, inner.replaceAll('*', ANY_TEXT));
}

/** Stands for any text. Patterns have no control characters. */
const ANY_TEXT = '\0';

/** The entry as patterns over `provider/model` see it. */
interface NamedEntry {
  readonly provider: string;
  readonly model: string;
}

/** Whether a list of patterns allows an entry; an absent list allows all. */
export function allowsEntry(patterns: readonly string[] | undefined, { provider, model }: NamedEntry): boolean {
  return patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, `${provider}/${model}`));
}
