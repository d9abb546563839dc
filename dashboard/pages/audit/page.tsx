import type { ReactElement } from 'react';

/** Audit. */
export function AuditPage(): ReactElement {
  return (
    <div className="head">
      <h1>Audit</h1>
    </div>
  );
}
