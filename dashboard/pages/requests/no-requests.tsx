import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { chainsQuery } from '../../api/queries.ts';
import { Empty } from '../../parts/empty.tsx';
import { FirstRequest } from '../../parts/first-request.tsx';
import { setFilters } from './filters.ts';
import type { RequestsSearch } from './search.ts';

interface NoRequestsProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

/** Why the list has no rows, and what to do. */
export function NoRequests({ search, onChange }: NoRequestsProps): ReactElement {
  const chains = useQuery(chainsQuery);
  const filters = setFilters(search);
  if (filters.length > 0) {
    const none = Object.fromEntries(filters.map((filter) => [filter, undefined]));
    return (
      <Empty title="No request of this time matches the filters.">
        <button type="button" className="btn" onClick={() => onChange(none)}>
          Remove the filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="There are no requests of this time. Send one:">
      <FirstRequest model={chains.data?.data[0]?.id ?? 'default'} />
    </Empty>
  );
}
