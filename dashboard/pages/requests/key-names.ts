import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client } from '../../api/client.ts';

const MINUTE = 60_000;
const MOST_KEYS = 200;
const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** Names of keys by their ids, of the newest ones. Where a key is missing, its id is shown. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ['keys', 'names'],
    queryFn: ({ signal }) => client.keys.list({ limit: MOST_KEYS }, { signal }),
    staleTime: 5 * MINUTE,
  });
  return useMemo(() => (data === undefined ? NO_NAMES : new Map(data.data.map(({ id, name }) => [id, name]))), [data]);
}
