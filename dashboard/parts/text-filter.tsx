import { type ReactElement, useEffect, useEffectEvent, useRef, useState } from 'react';

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
  /** What was typed here and is not the filter yet. */
  const applied = useRef<(string | undefined)[]>([]);
  const apply = (text: string): void => {
    const next = text.trim() === '' ? undefined : text.trim();
    if (next === value) return;
    applied.current.push(next);
    onChange(next);
  };
  const applyRested = useEffectEvent(apply);
  // A filter that the page sets or removes is shown. One that was typed here is not: it would undo what was typed since.
  useEffect(() => {
    const at = applied.current.indexOf(value);
    applied.current = at === -1 ? [] : applied.current.slice(at + 1);
    if (at === -1) setTyped(value ?? '');
  }, [value]);
  useEffect(() => {
    const timer = setTimeout(() => applyRested(typed), REST_MS);
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
          if (key === 'Enter') apply(typed);
          if (key !== 'Escape') return;
          setTyped('');
          apply('');
        }}
      />
      {isSearch && <kbd className="roomy">/</kbd>}
    </span>
  );
}
