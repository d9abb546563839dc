const LF = 0x0a;
/** Data lines hold no LF, so this stands only where an `event:` line begins. */
const NAME_LINE = Buffer.from('\nevent:');
const FIRST_NAME_LINE = NAME_LINE.subarray(1);

/**
 * Drops the `event:` lines of whole LF-framed events (each an optional `event:` line, one `data:` line and a blank line). Returns the same
 * buffer when there is none; otherwise a copy. Linear in the bytes.
 */
export function withoutNames(events: Buffer): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  let name = events.subarray(0, FIRST_NAME_LINE.length).equals(FIRST_NAME_LINE) ? 0 : nextName(events, 0);
  while (name !== -1) {
    if (name > from) kept.push(events.subarray(from, name));
    const lineEnd = events.indexOf(LF, name);
    from = lineEnd === -1 ? events.length : lineEnd + 1;
    name = nextName(events, from - 1);
  }
  if (from === 0) return events;
  kept.push(events.subarray(from));
  return Buffer.concat(kept);
}

/** Where the next `event:` line behind an LF at `from` or later begins; -1 for none. */
function nextName(events: Buffer, from: number): number {
  const found = events.indexOf(NAME_LINE, from);
  return found === -1 ? -1 : found + 1;
}
