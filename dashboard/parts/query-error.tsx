import type { ReactElement } from 'react';
import { ErrorPanel } from './error-panel.tsx';

interface QueryErrorProps {
  /** What is read, for the sentence of the error: `The requests`. */
  readonly what: string;
  readonly query: {
    readonly error: unknown;
    readonly data: unknown;
    readonly dataUpdatedAt: number;
    readonly refetch: () => unknown;
  };
}

/** The error of a query, above the data that was read before; nothing without one. */
export function QueryError({ what, query }: QueryErrorProps): ReactElement | null {
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
