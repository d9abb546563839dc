import type { ReactElement } from 'react';
import { announce } from './announcer.tsx';

interface CopyButtonProps {
  readonly text: string;
  /** The button's words. */
  readonly label: string;
  /** What was copied, for the announcement: `Request id`. */
  readonly what: string;
}

/** Copies a text. */
export function CopyButton({ text, label, what }: CopyButtonProps): ReactElement {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`${what} copied`);
    } catch {
      // Browsers give pages no clipboard on plain http beyond loopback.
      announce('The browser allows no copying here: select the text.');
    }
  };
  return (
    <button type="button" className="btn" onClick={() => void copy()}>
      {label}
    </button>
  );
}
