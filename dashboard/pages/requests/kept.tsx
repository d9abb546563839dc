import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { configQuery } from '../../api/queries.ts';
import { formatLeft } from '../../parts/numbers.ts';
import { retentionMs } from './retention.ts';

/** How long rows are kept, where one is missing. */
export function Kept(): ReactElement {
  const { data } = useQuery({ ...configQuery, staleTime: Infinity });
  const kept = data === undefined ? null : retentionMs(data.config);
  return (
    <p className="soft">
      A row is written when its request ends, and kept for{' '}
      {kept === null ? 'the time that the configuration says' : formatLeft(kept)} (<code>log.retention</code>).
    </p>
  );
}
