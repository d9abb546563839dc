import type { ReactElement } from 'react';

/** Overview. */
export function OverviewPage(): ReactElement {
  return (
    <div className="head">
      <h1>Overview</h1>
    </div>
  );
}
