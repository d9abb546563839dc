import type { ReactElement } from 'react';

interface PickProps<Value extends string> {
  readonly label: string;
  /** The chosen one; undefined for `any`. */
  readonly value: Value | undefined;
  readonly options: readonly Value[];
  readonly onPick: (value: Value | undefined) => void;
  /** The words of an option; the value itself unless given. */
  readonly wordOf?: (value: Value) => string;
  /** The words of no choice. */
  readonly none?: string;
}

/** A choice among few values, one of which is none: a filter. */
export function Pick<Value extends string>(props: PickProps<Value>): ReactElement {
  const { label, value, options, onPick, wordOf = String, none = 'any' } = props;
  // A value of the URL that is no option any more is still the filter.
  const all = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <label className="pick">
      {label}
      <select value={value ?? ''} onChange={({ target }) => onPick(all.find((option) => option === target.value))}>
        <option value="">{none}</option>
        {all.map((option) => (
          <option key={option} value={option}>
            {wordOf(option)}
          </option>
        ))}
      </select>
    </label>
  );
}
