import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { configQuery } from '../../api/queries.ts';
import { retentionDays } from './retention.ts';

/** How long rows are kept, where one is missing. */
export function Kept(): ReactElement {
  const { data } = useQuery({ ...configQuery, staleTime: Infinity });
  const days = data === undefined ? null : retentionDays(data.config);
  return (
    <p className="soft">
      A row is written when its request ends, and kept for {days === null ? 'the time' : `${days} days`}{' '}
      {days === null && 'that the configuration says'} (<code>log.retention</code>).
    </p>
  );
}
