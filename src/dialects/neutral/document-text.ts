/** A document of text for an API that has none: its text, below its title where it has one. `data`: base64. */
export function documentText(data: string, title: string | undefined): string {
  const text = Buffer.from(data, 'base64').toString('utf8');
  return title === undefined ? text : `${title}\n${text}`;
}
