import { printable } from '../lib/printable.ts';

/** Rows of cells in columns as wide as they need to be, two blanks between; no blanks at the ends of lines. */
export function table(written: readonly (readonly string[])[]): string {
  const rows = written.map((row) => row.map(printable));
  const wide = rows.reduce<number[]>((most, row) => {
    for (const [column, cell] of row.entries()) most[column] = Math.max(most[column] ?? 0, cell.length);
    return most;
  }, []);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(wide[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
