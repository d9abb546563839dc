import { queryOptions } from '@tanstack/react-query';
import { client } from '../../api/client.ts';

/** How often the page reads what is not live, in milliseconds. Not while the tab is hidden. */
export const EVERY_MS = 30_000;

/** Requests of the last 24 hours by chain, by the entry that answered, and by their code. */
export const sharesQuery = queryOptions({
  queryKey: ['usage', 'shares'],
  queryFn: ({ signal }) =>
    client.usage.summary({ by: ['chain', 'provider', 'model', 'code'], limit: 1000 }, { signal }),
  refetchInterval: EVERY_MS,
});

/** The newest requests of the log that were sent to more than one entry. */
export const loggedFailoversQuery = queryOptions({
  queryKey: ['requests', 'failovers'],
  queryFn: ({ signal }) => client.requests.list({ attempts_min: 2, limit: 12 }, { signal }),
  refetchInterval: EVERY_MS,
});
