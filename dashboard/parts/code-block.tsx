import type { ReactElement } from 'react';
import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  readonly text: string;
  /** What the code is, for the announcement of a copy: `Command`. */
  readonly what: string;
}

/** Code to read and to copy. */
export function CodeBlock({ text, what }: CodeBlockProps): ReactElement {
  return (
    <div className="code-block">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it may scroll, and must do so by keyboard */}
      <pre className="code" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} label="Copy" what={what} />
    </div>
  );
}
