import type { ReactElement } from 'react';
import { copyText } from './copy-text.ts';

interface CopyButtonProps {
  readonly text: string;
  /** The button's words. */
  readonly label: string;
  /** What was copied, for the announcement: `Request id`. */
  readonly what: string;
}

/** Copies a text. */
export function CopyButton({ text, label, what }: CopyButtonProps): ReactElement {
  return (
    <button type="button" className="btn" onClick={() => void copyText(text, what)}>
      {label}
    </button>
  );
}
