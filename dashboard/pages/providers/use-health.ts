import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ProviderHealth } from 'spillway/client';
import { client } from '../../api/client.ts';
import { HOUR_MS } from '../../parts/chart-times.ts';
import type { Range } from './search.ts';

const HEALTH_EVERY_MS = 60_000;
/** Hours of each range, and hours of each of its cells: a week by single hours would be cells of four pixels. */
export const HOURS: Readonly<Record<Range, { readonly all: number; readonly cell: number }>> = {
  '24h': { all: 24, cell: 1 },
  '7d': { all: 7 * 24, cell: 4 },
};

/** What became of the attempts of a range, by hour. */
export function useHealth(range: Range, enabled: boolean): UseQueryResult<ProviderHealth> {
  return useQuery({
    queryKey: ['providers', 'health', range],
    queryFn: ({ signal }) => {
      const first = (Math.floor(Date.now() / HOUR_MS) - HOURS[range].all + 1) * HOUR_MS;
      return client.providers.health({ from: new Date(first).toISOString() }, { signal });
    },
    enabled,
    refetchInterval: HEALTH_EVERY_MS,
    placeholderData: () => undefined,
  });
}
