import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { providersQuery } from '../../api/queries.ts';
import { pricesOf, type TokenPrice } from './failover-cost.ts';

const MINUTE = 60_000;
const NO_PRICES: ReadonlyMap<string, TokenPrice> = new Map();

/** Today's prices by `provider/model`; empty until they are known, and where they cannot be read: then what needs them is left out. */
export function usePrices(): ReadonlyMap<string, TokenPrice> {
  const { data } = useQuery({ ...providersQuery, staleTime: 5 * MINUTE });
  return useMemo(() => (data === undefined ? NO_PRICES : pricesOf(data.data)), [data]);
}
