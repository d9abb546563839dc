import type { ReactElement } from 'react';

/** Key. */
export function KeyPage(): ReactElement {
  return (
    <div className="head">
      <h1>Key</h1>
    </div>
  );
}
