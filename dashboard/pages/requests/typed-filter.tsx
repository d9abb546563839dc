import { type ReactElement, useEffect, useState } from 'react';

interface TypedFilterProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly focus: boolean;
  readonly numeric?: boolean;
  /** Called with what was typed, at Enter or when the field is left; undefined for nothing. */
  readonly onApply: (value: string | undefined) => void;
}

/** A filter that is typed, beside those that are chosen. */
export function TypedFilter({ label, value, focus, numeric = false, onApply }: TypedFilterProps): ReactElement {
  const [typed, setTyped] = useState(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const apply = (): void => {
    const text = typed.trim();
    if (text !== (value ?? '')) onApply(text === '' ? undefined : text);
  };
  return (
    <label className="pick typed">
      {label}
      <input
        type="text"
        inputMode={numeric ? 'decimal' : 'text'}
        spellCheck={false}
        autoComplete="off"
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was just asked for
        autoFocus={focus}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={apply}
        onKeyDown={({ key }) => {
          if (key === 'Enter') apply();
        }}
      />
    </label>
  );
}
