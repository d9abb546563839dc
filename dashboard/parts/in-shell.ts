/** A text as one word of a shell, in single quotes. They end at the next one, which is therefore written outside of them. */
export function inShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
