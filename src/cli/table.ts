import { printable } from '../lib/printable.ts';

/** Formats rows of cells as columns, each as wide as its widest cell and two spaces apart. Lines have no trailing spaces. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = rows.reduce<number[]>((widest, row) => {
    for (const [column, cell] of row.entries()) widest[column] = Math.max(widest[column] ?? 0, cell.length);
    return widest;
  }, []);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
