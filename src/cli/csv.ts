/** What spreadsheets take for the beginning of a formula. Clients choose some of the texts. */
const FORMULA = /^[=+\-@\t\r]/;

/** A line of CSV (RFC 4180), without its end. A text that a spreadsheet would run as a formula gets an apostrophe in front. An absent value is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return cells.map(cellOf).join(',');
}

function cellOf(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
