import type { ReactElement } from 'react';

/** Limits. */
export function LimitsPage(): ReactElement {
  return (
    <div className="head">
      <h1>Limits</h1>
    </div>
  );
}
