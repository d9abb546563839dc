import type { ReactElement, ReactNode } from 'react';
import { formatExact } from '../../../parts/money.ts';
import { formatTime } from '../../../parts/numbers.ts';
import type { Lane } from './lanes.ts';
import type { AnswerEnd, PictureStep } from './picture.ts';
import { cutMiddle } from './place-label.ts';
import { fateWords, nameOf, whySkipped } from './words.ts';

interface LaneNamesProps {
  readonly lanes: readonly Lane[];
  readonly compact: boolean;
  /** Whether a name has room. */
  readonly fits: (name: string) => boolean;
  /** How the answer ended. */
  readonly end: AnswerEnd;
  readonly onOpen: (lane: Lane) => void;
}

/** The entries beside the bars, or above them. */
export function LaneNames({ lanes, compact, fits, end, onOpen }: LaneNamesProps): ReactElement {
  return (
    <ol className={compact ? 'lanes over' : 'lanes'}>
      {!compact && (
        <li className="lh">
          <span>Entry</span>
        </li>
      )}
      {lanes.map((lane) => (
        <li key={lane.id}>
          <LaneName lane={lane} fits={fits} end={end} onOpen={() => onOpen(lane)} />
        </li>
      ))}
    </ol>
  );
}

interface LaneNameProps extends Pick<LaneNamesProps, 'fits' | 'end'> {
  readonly lane: Lane;
  readonly onOpen: () => void;
}

function LaneName({ lane, fits, end, onOpen }: LaneNameProps): ReactElement {
  switch (lane.kind) {
    case 'step':
      return (
        <>
          <span title={nameOf(lane.step)}>
            <span className="no">{lane.step.entry ?? '–'}</span>
            {cutMiddle(nameOf(lane.step), fits)}
          </span>
          <span className={`${toneOf(lane.step, end)} ind`}>{fateWords(lane.step, end)}</span>
        </>
      );
    case 'folded':
      return (
        <>
          <button type="button" className="plain ind" onClick={onOpen} title={lane.steps.map(nameOf).join(', ')}>
            {lane.steps.length} skipped<span className="visually-hidden">: show each</span>
          </button>
          <span className="muted ind">{whySkipped(lane.steps[0].reason)}</span>
        </>
      );
    case 'hidden':
      return (
        <>
          <button type="button" className="plain ind" onClick={onOpen}>
            {lane.count} more
          </button>
          <span className="muted ind">show all</span>
        </>
      );
    case 'omitted':
      return (
        <>
          <span className="ind">{lane.count} more</span>
          <span className="muted ind">not in the row</span>
        </>
      );
  }
}

const FATE_TONES = { answered: 'ok', running: 'ok', failed: 'bad', lost: 'muted', skipped: 'muted' } as const;

function toneOf({ fate }: PictureStep, end: AnswerEnd): string {
  return fate === 'answered' && end === 'failed' ? 'bad' : FATE_TONES[fate];
}

/** Time and money of each lane, at the end of its line. */
export function LaneFigures({ lanes, compact }: Pick<LaneNamesProps, 'lanes' | 'compact'>): ReactElement {
  return (
    <ol className={compact ? 'lanes r over' : 'lanes r'} aria-hidden="true">
      {!compact && (
        <li className="lh">
          <span>Time, cost</span>
        </li>
      )}
      {lanes.map((lane) => (
        <li key={lane.id}>{figuresOf(lane, compact)}</li>
      ))}
    </ol>
  );
}

function figuresOf(lane: Lane, compact: boolean): ReactNode {
  const step = lane.kind === 'step' ? lane.step : undefined;
  if (step === undefined || step.fate === 'skipped') return <span className="muted">{compact ? 'not sent' : '–'}</span>;
  const cost = costText(step);
  if (compact) return <span>{cost}</span>;
  return (
    <>
      <span>{formatTime(step.to - step.from)}</span>
      <span className={step.fate === 'answered' ? 'soft' : 'muted'}>{cost}</span>
    </>
  );
}

/** What a step cost: `–` where that is unknown. */
function costText({ costUsd }: PictureStep): string {
  if (costUsd === null) return '–';
  return costUsd === 0 ? '$0' : formatExact(costUsd);
}
