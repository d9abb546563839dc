import type { ReactElement } from 'react';
import { Glyph, type GlyphKind } from '../../parts/glyphs.tsx';
import { formatRate } from '../../parts/numbers.ts';
import type { FlowColumn, FlowMark } from './flow-column.ts';
import { SLOTS } from './flow-frame.ts';
import type { Flow } from './use-flow.ts';

const GLYPHS: Readonly<Record<FlowMark, GlyphKind>> = {
  waiting: 'waiting',
  running: 'running',
  answered: 'ok',
  failed: 'bad',
  skipped: 'skipped',
};

const SLOT_NUMBERS = Array.from({ length: SLOTS }, (_, slot) => slot);

interface FlowCellProps {
  readonly flow: Flow;
  /** Place of the entry in its chain. */
  readonly lane: number;
}

/** What requests do at one entry now. A picture: the list of failovers says the same in words. */
export function FlowCell({ flow, lane }: FlowCellProps): ReactElement {
  if (flow.kind === 'rates') return <LaneRates flow={flow} lane={lane} />;
  return (
    <div className="flow roomy" aria-hidden="true">
      {SLOT_NUMBERS.map((slot) => (
        <FlowSlot key={slot} column={flow.frame.slots[slot] ?? null} lane={lane} />
      ))}
    </div>
  );
}

/** The lines of requests that go on to a later entry, past something that stands between the two. */
export function FlowGap({ flow, lane }: FlowCellProps): ReactElement {
  const slots = flow.kind === 'rates' ? [] : flow.frame.slots;
  return (
    <div className="flow roomy" aria-hidden="true">
      {SLOT_NUMBERS.map((slot) => {
        const column = slots[slot] ?? null;
        const goesOn = column !== null && column.first <= lane && lane < column.last;
        return <span key={slot} className={goesOn ? 'flow-line above passed' : undefined} />;
      })}
    </div>
  );
}

/** One request at one entry: the line that it falls along, and its mark. */
function FlowSlot({ column, lane }: { readonly column: FlowColumn | null; readonly lane: number }): ReactElement {
  if (column === null || lane < column.first || lane > column.last) return <span />;
  const mark = column.marks[lane];
  const classes = ['flow-line'];
  if (lane > column.first) classes.push('above');
  if (mark === undefined) classes.push('passed');
  else if (lane < column.last) classes.push('below');
  return (
    <span key={column.id} className={classes.join(' ')}>
      {mark !== undefined && (
        <span className={markClass(mark, lane > column.first, column.failures[lane] === true)}>
          <Glyph kind={GLYPHS[mark]} />
        </span>
      )}
    </span>
  );
}

function markClass(mark: FlowMark, isBelow: boolean, hasFailed: boolean): string {
  const classes = ['mark'];
  if (isBelow && mark !== 'skipped') classes.push('fell');
  if (hasFailed && mark !== 'failed') classes.push('retried');
  return classes.join(' ');
}

function LaneRates({
  flow,
  lane,
}: {
  readonly flow: Flow & { readonly kind: 'rates' };
  readonly lane: number;
}): ReactElement {
  const rate = flow.rates.lanes[lane] ?? { answered: 0, failed: 0 };
  const sign = flow.isPartial ? '≥ ' : '';
  return (
    <div className="flow-rates roomy">
      <p className={rate.answered === 0 ? 'muted' : 'ok'}>
        {sign}
        {rate.answered === 0 ? '0' : formatRate(rate.answered)}/s answered
      </p>
      {rate.failed > 0 && (
        <p className="bad">
          {sign}
          {formatRate(rate.failed)}/s failed
        </p>
      )}
    </div>
  );
}
