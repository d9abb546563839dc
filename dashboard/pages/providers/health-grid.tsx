import { type CSSProperties, type KeyboardEvent, type ReactElement, useRef, useState } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { formatStep, formatTick, HOUR_MS } from '../../parts/chart-times.ts';
import { formatShare } from '../../parts/numbers.ts';
import { clampPlace, type Place, placeOfKey } from './grid-place.ts';
import { cellWords, entryOf, type HealthCell, type HealthRow, worstCell } from './health-rows.ts';

/** How many labels stand below the cells. */
const LABELS = 4;

/**
 * Models by hour. A cell is grey, and filled from below by the share of attempts that failed: its height says it without its colour. One line below the grid
 * reads the cell under the pointer or the focus, and the worst one at first. It is one tab stop; the arrow keys go from cell to cell.
 */
export function HealthGrid({ rows }: { readonly rows: readonly HealthRow[] }): ReactElement {
  const ref = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<Place>();
  const last = (rows[0]?.cells.length ?? 1) - 1;
  const at = clampPlace(chosen ?? worstCell(rows) ?? { row: 0, cell: last }, rows);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = placeOfKey(event.key, at, last);
    if (to === undefined) return;
    event.preventDefault();
    const place = clampPlace(to, rows);
    setChosen(place);
    ref.current?.querySelector<HTMLElement>(`[data-cell="${place.row}-${place.cell}"]`)?.focus();
  };
  return (
    <>
      <div ref={ref} className="health" role="grid" aria-label="Attempts by model and hour" onKeyDown={onKeyDown}>
        {rows.map((row, index) => (
          <div key={entryOf(row)} role="row" className="health-row" tabIndex={-1}>
            <span role="rowheader" className="health-name">
              <EntryName provider={row.provider} model={row.model} />
            </span>
            <div role="presentation" className="health-cells" onPointerLeave={() => setChosen(undefined)}>
              {row.cells.map((cell, place) => (
                <Cell
                  key={cell.from}
                  cell={cell}
                  name={`${index}-${place}`}
                  isChosen={index === at.row && place === at.cell}
                  onChoose={() => setChosen({ row: index, cell: place })}
                />
              ))}
            </div>
            <span role="gridcell" className="health-share" tabIndex={-1}>
              {row.attempts === 0 ? (
                <span className="muted">–</span>
              ) : (
                <span className={row.failed === 0 ? 'soft' : undefined}>
                  {formatShare(1 - row.failed / row.attempts)}%
                </span>
              )}
            </span>
          </div>
        ))}
      </div>
      <Axis row={rows[0]} />
      <Readout row={rows[at.row]} at={at.cell} />
    </>
  );
}

interface CellProps {
  readonly cell: HealthCell;
  readonly name: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Cell({ cell, name, isChosen, onChoose }: CellProps): ReactElement {
  const share = cell.attempts === 0 ? 0 : cell.failed / cell.attempts;
  const height: CSSProperties = { height: `${(share * 100).toFixed(1)}%` };
  return (
    <span
      role="gridcell"
      data-cell={name}
      tabIndex={isChosen ? 0 : -1}
      aria-selected={isChosen}
      aria-label={`${timesOf(cell)}: ${cellWords(cell)}`}
      className={cell.attempts === 0 ? 'health-cell none' : 'health-cell'}
      onPointerEnter={onChoose}
      onFocus={onChoose}
    >
      {cell.failed > 0 && <i style={height} />}
    </span>
  );
}

function Axis({ row }: { readonly row: HealthRow | undefined }): ReactElement | null {
  if (row === undefined) return null;
  const { cells } = row;
  const labelled = Array.from({ length: LABELS }, (_, at) => cells[Math.floor((at * cells.length) / LABELS)]);
  return (
    <div className="health-row health-axis" aria-hidden="true">
      <span />
      <div>{labelled.map((cell) => cell !== undefined && <span key={cell.from}>{labelOf(cell)}</span>)}</div>
      <span className="health-share">answered</span>
    </div>
  );
}

/** Cells of several hours are labelled with their day too. */
function labelOf({ from, to }: HealthCell): string {
  return to - from > HOUR_MS ? formatStep(from, HOUR_MS) : formatTick(from, HOUR_MS);
}

function Readout({ row, at }: { readonly row: HealthRow | undefined; readonly at: number }): ReactElement {
  const cell = row?.cells[at];
  return (
    <p className="small soft health-readout" role="status">
      {row !== undefined && cell !== undefined && (
        <>
          {timesOf(cell)}, <b>{entryOf(row)}</b>: {cellWords(cell)}
        </>
      )}
    </p>
  );
}

function timesOf({ from, to }: HealthCell): string {
  return `${formatStep(from, HOUR_MS)} to ${formatTick(to, HOUR_MS)}`;
}
