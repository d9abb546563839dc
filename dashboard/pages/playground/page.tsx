import type { ReactElement } from 'react';

/** Playground. */
export function PlaygroundPage(): ReactElement {
  return (
    <div className="head">
      <h1>Playground</h1>
    </div>
  );
}
