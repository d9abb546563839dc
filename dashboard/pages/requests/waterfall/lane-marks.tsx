import type { ReactElement } from 'react';
import { CapMark, LabelText, SegmentBar } from './bars.tsx';
import type { DrawingProps, Measuring } from './drawing.ts';
import { BAR, barMiddle } from './geometry.ts';
import { type AnswerEnd, answerEnd } from './picture.ts';
import { placeLabel } from './place-label.ts';
import type { Item } from './segment-items.ts';
import type { ItemSelection } from './use-items.ts';
import type { LaneLayout } from './lane-layout.ts';
import { answerLabel, fateWords, type Label, labelOf, nameOf, whySkipped } from './words.ts';

interface LaneMarksProps extends DrawingProps, Measuring {
  /** The lane, counted from the top. */
  readonly at: number;
  readonly items: readonly Item[];
  readonly selection: ItemSelection;
}

/** What one lane shows: its bar with the marks, or a diamond, each of them to be pointed at and focused; and its label. */
export function LaneMarks({
  picture,
  layout,
  geometry,
  measure,
  at,
  items,
  selection,
}: LaneMarksProps): ReactElement | null {
  const lane = layout.lanes[at];
  if (lane === undefined) return null;
  const y = barMiddle(geometry, at);
  const label = placeLabel({ layout, lane, label: labelFor(lane), measure });
  return (
    <>
      <g role="list" aria-label={laneWords(lane, answerEnd(picture))}>
        {items.map((item, nth) => (
          <ItemMark key={item.id} item={item} lane={lane} nth={nth} y={y} selection={selection} />
        ))}
      </g>
      {lane.reserved !== null && <rect className="res" x={lane.reserved} y={y - 12} width="2" height="24" rx="1" />}
      {label !== null && <LabelText label={label} tone={lane.cap?.kind === 'failed' ? 't-bad' : 't-q'} y={y} />}
    </>
  );
}

interface ItemMarkProps {
  readonly item: Item;
  readonly lane: LaneLayout;
  /** Its place among the items of its lane. */
  readonly nth: number;
  readonly y: number;
  readonly selection: ItemSelection;
}

function ItemMark({ item, lane, nth, y, selection }: ItemMarkProps): ReactElement {
  const { id, kind } = item;
  const segment = kind === 'segment' ? lane.segments[nth] : undefined;
  const isShown = selection.shown?.id === id;
  const outline =
    segment === undefined
      ? { x: item.x - (kind === 'cap' ? 8 : 9), width: kind === 'cap' ? 11 : 18 }
      : { x: segment.x - 2, width: segment.width + 4 };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the picture has one tab stop, and the keys move between its items
    <g
      className="seg"
      ref={(element) => selection.keep(id, element)}
      role="listitem"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
      tabIndex={selection.selected?.id === id ? 0 : -1}
      aria-label={`${item.strong}, ${item.rest}`}
      onFocus={() => selection.select(id)}
      onClick={() => selection.select(id)}
      onPointerEnter={() => selection.point(id)}
    >
      {segment !== undefined && <SegmentBar segment={segment} y={y} />}
      {kind === 'cap' && lane.cap !== null && <CapMark cap={lane.cap} y={y} />}
      {kind === 'diamond' && (
        <>
          {lane.lane.kind === 'folded' && <path className="skip" d={`M${item.x} ${y - 9}l6 6-6 6-6-6z`} />}
          <path className="skip" d={`M${item.x} ${y - 6}l6 6-6 6-6-6z`} />
        </>
      )}
      <rect className={isShown ? 'sel' : 'hit'} y={y - BAR / 2 - 3} height={BAR + 6} rx="3" {...outline} />
    </g>
  );
}

function labelFor({ lane, segments }: LaneLayout): Label | null {
  if (lane.kind === 'folded') {
    const why = whySkipped(lane.steps[0].reason);
    return { strong: `${lane.steps.length} skipped`, rest: why, short: why };
  }
  if (lane.kind !== 'step') return null;
  const { step } = lane;
  if (step.fate !== 'answered') return labelOf(step);
  const stream = segments.find(({ phase }) => phase === 'streaming');
  return answerLabel(step.outputTokens, stream === undefined ? null : stream.to - stream.from);
}

function laneWords({ lane }: LaneLayout, end: AnswerEnd): string {
  switch (lane.kind) {
    case 'step':
      return `${nameOf(lane.step)}: ${fateWords(lane.step, end)}`;
    case 'folded':
      return `${lane.steps.length} entries that were skipped`;
    case 'hidden':
    case 'omitted':
      return `${lane.count} entries that are not shown`;
  }
}
