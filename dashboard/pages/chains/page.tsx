import type { ReactElement } from 'react';

/** Chains. */
export function ChainsPage(): ReactElement {
  return (
    <div className="head">
      <h1>Chains</h1>
    </div>
  );
}
