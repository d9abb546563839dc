import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { keysQuery } from './queries.ts';

const MINUTE = 60_000;
const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** Names of keys by their ids. Where a key is missing, its id is shown. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...keysQuery, staleTime: 5 * MINUTE });
  return useMemo(() => (data === undefined ? NO_NAMES : new Map(data.data.map(({ id, name }) => [id, name]))), [data]);
}
