import type { ReactElement } from 'react';
import { ErrorPanel } from '../../parts/error-panel.tsx';

interface SideErrorProps {
  readonly what: string;
  readonly query: {
    readonly error: unknown;
    readonly data: unknown;
    readonly dataUpdatedAt: number;
    readonly refetch: () => unknown;
  };
}

/** An error of a part of what the page shows. */
export function SideError({ what, query }: SideErrorProps): ReactElement | null {
  const { error, data, dataUpdatedAt, refetch } = query;
  if (error === null) return null;
  return (
    <ErrorPanel
      what={`${what} could not be read.`}
      error={error}
      onRetry={() => void refetch()}
      shownSince={data === undefined ? undefined : dataUpdatedAt}
    />
  );
}
