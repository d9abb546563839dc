import { type ReactElement, useMemo } from 'react';
import { measureIn } from '../../../parts/canvas-measure.ts';
import { formatTime } from '../../../parts/numbers.ts';
import type { DrawingProps } from './drawing.ts';
import { Falls } from './fall-lines.tsx';
import { CommitLine, Scale } from './scale.tsx';
import { Sums } from './sum-lines.tsx';
import { FOOT, lanesEnd } from './geometry.ts';
import { LaneFigures, LaneNames } from './lane-columns.tsx';
import { LaneMarks } from './lane-marks.tsx';
import type { Lane } from './lanes.ts';
import { answerEnd, type Picture } from './picture.ts';
import type { Item } from './segment-items.ts';
import type { ItemSelection } from './use-items.ts';

/** The room of a name beside the bars, in pixels, and what stands beside it above them. */
const NAME_WIDTH = 160;
const BESIDE_NAME = 110;

interface WaterfallDrawingProps extends DrawingProps {
  readonly items: readonly Item[];
  readonly selection: ItemSelection;
  /** Called with a lane that stands for several, to show them. */
  readonly onOpen: (lane: Lane) => void;
}

/** The picture of the waterfall, with the names and the figures of its lanes. */
export function WaterfallDrawing(props: WaterfallDrawingProps): ReactElement {
  const { picture, layout, geometry, items, selection, onOpen } = props;
  const { compact } = geometry;
  const measure = useMemo(() => measureIn(document.body, 12), []);
  const measureName = useMemo(() => measureIn(document.body, 13), []);
  const lanes = layout.lanes.map(({ lane }) => lane);
  const drawn = { picture, layout, geometry };
  return (
    <div className="wf-grid">
      <LaneNames
        lanes={lanes}
        compact={compact}
        fits={(name) => measureName(name, true) <= (compact ? geometry.width - BESIDE_NAME : NAME_WIDTH)}
        end={answerEnd(picture)}
        onOpen={onOpen}
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
          <pattern id="queue-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path className="hatch" d="M0 0v6" />
          </pattern>
        </defs>
        <Scale {...drawn} />
        <Falls layout={layout} geometry={geometry} />
        {layout.lanes.map(({ lane }, at) => (
          <LaneMarks
            key={lane.id}
            {...drawn}
            measure={measure}
            at={at}
            items={items.filter((item) => item.lane === at)}
            selection={selection}
          />
        ))}
        <CommitLine layout={layout} geometry={geometry} />
        <Sums {...drawn} measure={measure} />
      </svg>
      <LaneFigures lanes={lanes} compact={compact} />
    </div>
  );
}

function summaryOf({ steps, committed, total }: Picture): string {
  const commit = committed === null ? 'never committed' : `committed at ${formatTime(committed)}`;
  return `Waterfall of ${steps.length} steps over ${formatTime(total)}, ${commit}`;
}
