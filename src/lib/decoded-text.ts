/** Decodes the percent-encoded parts of a text; returns a text that is not validly encoded as it is. */
export function decodedText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
