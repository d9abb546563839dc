import type { ReactElement } from 'react';

interface SegmentsProps<Value extends string> {
  /** What is chosen: `Time range`. */
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly word: string }[];
  readonly onChoose: (value: Value) => void;
}

/** A choice of exactly one among few. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChoose,
}: SegmentsProps<Value>): ReactElement {
  return (
    <span className="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChoose(option.value)}
        >
          {option.word}
        </button>
      ))}
    </span>
  );
}
