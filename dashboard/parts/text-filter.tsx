import { type ReactElement, useEffect, useEffectEvent, useState } from 'react';

interface TextFilterProps {
  /** What is filtered by; the placeholder too. */
  readonly label: string;
  readonly value: string | undefined;
  /** Called with what was typed, once it has not changed for a moment; undefined for nothing. */
  readonly onChange: (value: string | undefined) => void;
  /** Whether `/` moves the focus here. */
  readonly isSearch?: boolean;
}

/** How long typing must rest before the filter counts, in milliseconds. */
const REST_MS = 300;

/** A filter that is typed. Enter applies it at once, Esc empties it. */
export function TextFilter({ label, value, onChange, isSearch = false }: TextFilterProps): ReactElement {
  const [typed, setTyped] = useState(value ?? '');
  // A filter that the page removes is removed here too.
  useEffect(() => setTyped(value ?? ''), [value]);
  const apply = useEffectEvent((text: string) => {
    if (text !== (value ?? '')) onChange(text === '' ? undefined : text);
  });
  useEffect(() => {
    const timer = setTimeout(() => apply(typed.trim()), REST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <span className="search">
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
        data-search={isSearch ? '' : undefined}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => {
          if (key === 'Escape') onChange(undefined);
          else if (key === 'Enter') onChange(typed.trim() === '' ? undefined : typed.trim());
        }}
      />
      {isSearch && <kbd className="roomy">/</kbd>}
    </span>
  );
}
