import { keepPreviousData, MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { SpillwayError } from 'spillway/client';
import { reportRefusal } from './refusal.ts';

/** How often a query is sent again after the gateway could not be reached. */
const RETRIES = 2;

/**
 * The cache of the gateway's answers. Data stays on the page while it is read anew. A query is repeated only where the gateway could not be
 * reached: an error that the gateway has sent is shown.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: reportRefusal }),
    mutationCache: new MutationCache({ onError: reportRefusal }),
    defaultOptions: {
      mutations: { networkMode: 'always' },
      queries: {
        // A gateway on this machine, or in this network, is reached without the internet.
        networkMode: 'always',
        staleTime: 5000,
        placeholderData: keepPreviousData,
        retry: (failures, error) =>
          failures < RETRIES && error instanceof SpillwayError && error.code === 'connection_failed',
      },
    },
  });
}
