import { keepPreviousData, QueryCache, QueryClient } from '@tanstack/react-query';
import { SpillwayError } from 'spillway/client';
import { SESSION_KEY } from './session.ts';

/** Codes of errors that end a session: the next answer of `sessions.retrieve` says whether to log in again. */
const NO_SESSION: ReadonlySet<string | null> = new Set(['invalid_api_key', 'forbidden']);

/** How often a query is sent again after the gateway could not be reached. */
const RETRIES = 2;

/**
 * The cache of the gateway's answers. Data stays on the page while it is read anew. A query is repeated only where the gateway could not be
 * reached: an error that the gateway has sent is shown.
 */
export function createQueryClient(): QueryClient {
  const queries = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        if (queryKey[0] === SESSION_KEY[0] || !(error instanceof SpillwayError) || !NO_SESSION.has(error.code)) return;
        void queries.invalidateQueries({ queryKey: SESSION_KEY });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        placeholderData: keepPreviousData,
        retry: (failures, error) =>
          failures < RETRIES && error instanceof SpillwayError && error.code === 'connection_failed',
      },
    },
  });
  return queries;
}
