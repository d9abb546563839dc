import type { ReactElement } from 'react';

/** Keys. */
export function KeysPage(): ReactElement {
  return (
    <div className="head">
      <h1>Keys</h1>
    </div>
  );
}
