import type { ReactElement } from 'react';
import { Segments } from '../../parts/segments.tsx';
import { RANGES, type Range, type RequestsSearch, USUAL_RANGE } from './search.ts';

interface RangeBarProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

const OPTIONS = [
  ...RANGES.map((value) => ({ value, word: value.replace(/(\d+)/, '$1 ') })),
  { value: 'own', word: 'own' },
] as const;

/** The time that the list covers: one of the usual ranges, or one of its own. */
export function RangeBar({ search, onChange }: RangeBarProps): ReactElement {
  const { from, to, range = USUAL_RANGE } = search;
  const isOwn = from !== undefined || to !== undefined;
  const choose = (value: Range | 'own'): void => {
    if (value === 'own') onChange({ from: startOfToday(), to: undefined, range: undefined });
    else onChange({ from: undefined, to: undefined, range: value === USUAL_RANGE ? undefined : value });
  };
  return <Segments label="Time range" value={isOwn ? 'own' : range} options={OPTIONS} onChoose={choose} />;
}

/** The ends of a range of its own; nothing for one of the usual ones. */
export function OwnRange({ search: { from, to }, onChange }: RangeBarProps): ReactElement | null {
  if (from === undefined && to === undefined) return null;
  return (
    <>
      <Instant label="from" value={from} onChange={(instant) => onChange({ from: instant })} />
      <Instant label="to" value={to} onChange={(instant) => onChange({ to: instant })} />
    </>
  );
}

interface InstantProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** An instant in the viewer's zone. */
function Instant({ label, value, onChange }: InstantProps): ReactElement {
  return (
    <label className="pick typed">
      {label}
      <input
        type="datetime-local"
        value={value === undefined ? '' : localText(new Date(value))}
        onChange={({ target }) => {
          const at = new Date(target.value);
          if (target.value === '') onChange(undefined);
          else if (!Number.isNaN(at.getTime())) onChange(at.toISOString());
        }}
      />
    </label>
  );
}

function startOfToday(): string {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return day.toISOString();
}

/** A time as such a field has it: local, to the minute. */
function localText(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
