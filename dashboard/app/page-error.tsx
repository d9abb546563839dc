import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { ErrorPanel } from '../parts/error-panel.tsx';

/** What is shown in place of a page that failed to load or to draw. */
export function PageError({ error, reset }: ErrorComponentProps): ReactElement {
  return <ErrorPanel what="This page could not be shown." error={error} onRetry={reset} />;
}
