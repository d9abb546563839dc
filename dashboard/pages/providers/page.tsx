import type { ReactElement } from 'react';

/** Providers. */
export function ProvidersPage(): ReactElement {
  return (
    <div className="head">
      <h1>Providers</h1>
    </div>
  );
}
