import { type ReactElement, useRef } from 'react';
import { useFocusKept } from '../../parts/focus-page.ts';

/** What an admin can do with a key. */
export type KeyAction = 'edit' | 'rotate' | 'revoke';

/** The buttons of the actions. */
export function KeyActions({ onChoose }: { readonly onChoose: (action: KeyAction) => void }): ReactElement {
  const ref = useRef<HTMLSpanElement>(null);
  // A revoked key has none.
  useFocusKept(ref);
  return (
    <span ref={ref} className="tools">
      <button type="button" className="btn" onClick={() => onChoose('edit')}>
        Edit
      </button>
      <button type="button" className="btn" onClick={() => onChoose('rotate')}>
        Rotate
      </button>
      <button type="button" className="btn danger" onClick={() => onChoose('revoke')}>
        Revoke
      </button>
    </span>
  );
}
