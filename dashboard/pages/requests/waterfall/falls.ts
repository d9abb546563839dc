import type { LaneLayout } from './lane-layout.ts';
import type { TimeScale } from './time-scale.ts';

/** A line from the end of an attempt, or from the first skipped entry, down to the next start. */
export interface Fall {
  /** Lanes by their places from the top. */
  readonly fromLane: number;
  readonly toLane: number;
  readonly fromX: number;
  readonly toX: number;
  /** Whether an attempt began there. */
  readonly arrow: boolean;
  /** Whether it began beside an attempt that went on. */
  readonly hedge: boolean;
}

/** The falls between lanes that are placed. */
export function fallsOf(lanes: readonly LaneLayout[], scale: TimeScale): readonly Fall[] {
  const falls: Fall[] = [];
  /** The end from which the chain went on. */
  let from: { lane: number; x: number } | undefined;
  lanes.forEach((layout, at) => {
    const { lane, diamond, reserved, cap } = layout;
    if (diamond !== null) {
      from ??= { lane: at, x: diamond };
      const isLastSkipped = lanes.slice(at + 1).every((after) => after.diamond === null && after.reserved === null);
      if (isLastSkipped && from.lane !== at)
        falls.push({ fromLane: from.lane, toLane: at, fromX: from.x, toX: diamond, arrow: false, hedge: false });
      return;
    }
    if (lane.kind !== 'step' || reserved === null) return;
    const { step } = lane;
    if (step.hedge) {
      const beside = lanes.findLastIndex((each, i) => i < at && isRunningAt(each, step.from));
      const x = scale.xOf(step.from);
      if (beside >= 0) falls.push({ fromLane: beside, toLane: at, fromX: x, toX: reserved, arrow: true, hedge: true });
    } else if (from !== undefined) {
      falls.push({ fromLane: from.lane, toLane: at, fromX: from.x, toX: reserved, arrow: true, hedge: false });
    }
    if (cap?.kind === 'failed') from = { lane: at, x: cap.x };
    else if (!step.hedge) from = undefined;
  });
  return falls;
}

function isRunningAt({ lane }: LaneLayout, ms: number): boolean {
  return lane.kind === 'step' && lane.step.fate !== 'skipped' && lane.step.from <= ms && lane.step.to >= ms;
}
