import type { ReactElement } from 'react';

/** Requests. */
export function RequestsPage(): ReactElement {
  return (
    <div className="head">
      <h1>Requests</h1>
    </div>
  );
}
