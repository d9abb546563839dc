import type { HealthRow } from './health-rows.ts';

/** A cell of the grid, counted from 0. */
export interface Place {
  readonly row: number;
  readonly cell: number;
}

/** The nearest place within the rows. */
export function clampPlace({ row, cell }: Place, rows: readonly Pick<HealthRow, 'cells'>[]): Place {
  const inRows = Math.min(Math.max(0, row), Math.max(0, rows.length - 1));
  return { row: inRows, cell: Math.min(Math.max(0, cell), Math.max(0, (rows[inRows]?.cells.length ?? 1) - 1)) };
}

/** The place that a key leads to, perhaps outside of the grid; undefined for keys that lead nowhere. `last`: the last cell of a row. */
export function placeOfKey(key: string, { row, cell }: Place, last: number): Place | undefined {
  switch (key) {
    case 'ArrowLeft':
      return { row, cell: cell - 1 };
    case 'ArrowRight':
      return { row, cell: cell + 1 };
    case 'ArrowUp':
      return { row: row - 1, cell };
    case 'ArrowDown':
      return { row: row + 1, cell };
    case 'Home':
      return { row, cell: 0 };
    case 'End':
      return { row, cell: last };
    default:
      return undefined;
  }
}
