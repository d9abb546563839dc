import type { ReactElement } from 'react';

/** Configuration. */
export function ConfigurationPage(): ReactElement {
  return (
    <div className="head">
      <h1>Configuration</h1>
    </div>
  );
}
