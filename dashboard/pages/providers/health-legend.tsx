import type { ReactElement } from 'react';

/** What the cells of the grid show. */
export function HealthLegend(): ReactElement {
  return (
    <div className="legend">
      <span>
        <svg width="8" height="8" aria-hidden="true">
          <rect className="tone-quiet" width="8" height="8" rx="1" />
        </svg>
        answered
      </span>
      <span>
        <svg width="8" height="8" aria-hidden="true">
          <rect className="tone-quiet" width="8" height="8" rx="1" />
          <rect className="tone-bad" y="4" width="8" height="4" />
        </svg>
        share that failed
      </span>
    </div>
  );
}
