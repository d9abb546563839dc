import { type ReactElement, useMemo, useRef, useState } from 'react';
import { measureIn } from '../../../parts/measure-text.ts';
import { useWidth } from '../../../parts/use-width.ts';
import { CommitLine, Falls, Scale, Sums } from './drawing.tsx';
import { FOOT, geometryOf, lanesEnd } from './geometry.ts';
import { Key } from './key.tsx';
import { LaneFigures, LaneNames } from './lane-columns.tsx';
import { LaneMarks } from './lane-marks.tsx';
import { type Lane, lanesOf } from './lanes.ts';
import { answerEnd, type Picture } from './picture.ts';
import { firstShown, itemsOf } from './segment-items.ts';
import { useItems } from './use-items.ts';
import { layOut } from './waterfall-layout.ts';
import { WaterfallTable } from './waterfall-table.tsx';
import { formatTime } from '../../../parts/numbers.ts';

/** The room of a name beside the bars, in pixels, and what stands beside it above them. */
const NAME_WIDTH = 168;
const BESIDE_NAME = 110;

/** How a request went down its chain: a lane for each entry, the commit, and the sums of its time. */
export function Waterfall({ picture }: { readonly picture: Picture }): ReactElement {
  const ref = useRef<HTMLElement>(null);
  const figureWidth = useWidth(ref);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [showAll, setShowAll] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const geometry = geometryOf(figureWidth ?? 1000);
  const lanes = lanesOf(picture, { opened, showAll });
  const layout = layOut(picture, lanes, geometry.width);
  const items = itemsOf(picture, layout);
  const selection = useItems(items, firstShown(items, layout));
  const open = (lane: Lane): void => {
    if (lane.kind === 'hidden') setShowAll(true);
    else setOpened(new Set([...opened, lane.id]));
  };
  const { compact } = geometry;
  const measure = useMemo(() => measureIn(document.body, 12), []);
  const measureName = useMemo(() => measureIn(document.body, 13), []);
  const { shown } = selection;
  return (
    // The key `t` works wherever the focus is within the figure.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <figure
      ref={ref}
      className={compact ? 'wf compact' : 'wf'}
      onKeyDown={(event) => {
        if (event.key === 't' && !event.ctrlKey && !event.metaKey) setAsTable(!asTable);
      }}
    >
      {asTable && <WaterfallTable picture={picture} />}
      {!asTable && figureWidth !== null && (
        <div className="wf-grid">
          <LaneNames
            lanes={lanes}
            compact={compact}
            fits={(name) => measureName(name, true) <= (compact ? geometry.width - BESIDE_NAME : NAME_WIDTH)}
            end={answerEnd(picture)}
            onOpen={open}
          />
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- its items are one tab stop, and the keys move between them */}
          <svg
            className="w"
            width={geometry.width}
            height={lanesEnd(geometry, lanes.length) + FOOT}
            role="group"
            aria-label={summaryOf(picture)}
            onKeyDown={selection.onKeyDown}
            onPointerLeave={() => selection.point(null)}
          >
            <defs>
              <pattern
                id="queue-hatch"
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
                <path className="hatch" d="M0 0v6" />
              </pattern>
            </defs>
            <Scale picture={picture} layout={layout} geometry={geometry} />
            <Falls layout={layout} geometry={geometry} />
            {layout.lanes.map((lane, at) => (
              <LaneMarks
                key={lane.lane.id}
                picture={picture}
                measure={measure}
                layout={layout}
                geometry={geometry}
                at={at}
                items={items.filter((item) => item.lane === at)}
                selection={selection}
              />
            ))}
            <CommitLine layout={layout} geometry={geometry} />
            <Sums picture={picture} layout={layout} geometry={geometry} measure={measure} />
          </svg>
          <LaneFigures lanes={lanes} compact={compact} />
        </div>
      )}
      <div className="readout">
        <span role="status">
          {shown !== undefined && !asTable && (
            <>
              <b>{shown.strong}</b> {shown.rest}
            </>
          )}
        </span>
        <span className="muted">
          {!asTable && (
            <span className="roomy">
              <kbd>←</kbd> <kbd>→</kbd> segments, <kbd>↑</kbd> <kbd>↓</kbd> entries{' '}
            </span>
          )}
          <button type="button" className="plain link" aria-keyshortcuts="t" onClick={() => setAsTable(!asTable)}>
            {asTable ? 'As a picture' : 'As a table'}
          </button>
        </span>
      </div>
      {!asTable && <Key layout={layout} />}
    </figure>
  );
}

function summaryOf({ steps, committed, total }: Picture): string {
  const commit = committed === null ? 'never committed' : `committed at ${formatTime(committed)}`;
  return `Waterfall of ${steps.length} steps over ${formatTime(total)}, ${commit}`;
}
