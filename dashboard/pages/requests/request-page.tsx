import type { ReactElement } from 'react';

/** Request. */
export function RequestPage(): ReactElement {
  return (
    <div className="head">
      <h1>Request</h1>
    </div>
  );
}
