import type { ReactElement, RefObject } from 'react';
import type { Item } from './segment-items.ts';

interface ReadoutProps {
  readonly item: Item | undefined;
  readonly asTable: boolean;
  readonly toggle: RefObject<HTMLButtonElement | null>;
  readonly onToggle: () => void;
}

/** The line that says what is under the pointer, the focus or the last tap. */
export function Readout({ item, asTable, toggle, onToggle }: ReadoutProps): ReactElement {
  return (
    <div className="readout">
      <span role="status">
        {item !== undefined && (
          <>
            <b>{item.strong}</b> {item.rest}
          </>
        )}
      </span>
      <span className="muted">
        {!asTable && (
          <span className="roomy">
            <kbd>←</kbd> <kbd>→</kbd> segments, <kbd>↑</kbd> <kbd>↓</kbd> entries{' '}
          </span>
        )}
        <button ref={toggle} type="button" className="plain link" aria-keyshortcuts="t" onClick={onToggle}>
          {asTable ? 'As a picture' : 'As a table'}
        </button>
      </span>
    </div>
  );
}
