import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client } from '../../api/client.ts';
import { useKeyNames } from '../../api/key-names.ts';
import { hasSpilled } from '../../live/live-state.ts';
import { useLive } from '../../live/use-live.ts';
import { type LatestRow, latestRows, MOST_ROWS } from './latest-rows.ts';

const EVERY_MS = 30_000;

/** The newest requests of the gateway. */
export interface LatestRequests {
  readonly rows: readonly LatestRow[];
  /** Whether no request is known at all; undefined while that is not known. */
  readonly isEmpty: boolean | undefined;
  /** Why the log could not be read; what is live is shown all the same. */
  readonly error: Error | null;
  /** Reads the log again. */
  readonly retry: () => void;
  /** Whether the page has seen an entry answer after another one had failed. */
  readonly hasFailover: boolean;
}

/** Reads them: from the live view, and from the log what had ended before. */
export function useLatest(): LatestRequests {
  const running = useLive((live) => live.running);
  const ended = useLive((live) => live.ended);
  const names = useKeyNames();
  const { data, error, refetch } = useQuery({
    queryKey: ['requests', 'latest'],
    queryFn: ({ signal }) => client.requests.list({ limit: MOST_ROWS }, { signal }),
    refetchInterval: EVERY_MS,
  });
  const rows = useMemo(() => {
    return latestRows({ running, ended, records: data?.data ?? [] }, (id) => names.get(id) ?? id);
  }, [running, ended, data, names]);
  return {
    rows,
    isEmpty: rows.length > 0 || error !== null ? false : data === undefined ? undefined : true,
    error,
    retry: () => void refetch(),
    hasFailover: ended.some(({ finished }) => finished !== null && hasSpilled(finished)),
  };
}
