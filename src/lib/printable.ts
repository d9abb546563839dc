/**
 * A text on one line, without anything that a terminal or log reader would interpret: control and format characters (escape sequences,
 * changes of direction) and line breaks of any kind become blanks.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
