import type { ReactElement } from 'react';

/** Usage. */
export function UsagePage(): ReactElement {
  return (
    <div className="head">
      <h1>Usage</h1>
    </div>
  );
}
