import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { KeyList } from 'spillway/client';
import { client } from '../../api/client.ts';

const EVERY_MS = 30_000;
/** The most keys that are read: those of which a name or a budget may be shown. */
const MOST = 1000;

/** The keys of the gateway, as far as the session may see them. */
export function useKeys(): UseQueryResult<KeyList> {
  return useQuery({
    queryKey: ['keys', 'overview'],
    queryFn: ({ signal }) => client.keys.list({ limit: MOST }, { signal }),
    refetchInterval: EVERY_MS,
  });
}
