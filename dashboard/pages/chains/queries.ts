import { queryOptions } from '@tanstack/react-query';
import { client } from '../../api/client.ts';

/** How often the page reads what is not live, in milliseconds. Not while the tab is hidden. */
const EVERY_MS = 30_000;

/** The chains, with the state of their entries. */
export const chainsQuery = queryOptions({
  queryKey: ['chains', 'status'],
  queryFn: ({ signal }) => client.chains.status(undefined, { signal }),
  refetchInterval: EVERY_MS,
});

/** How every model works under every key. */
export const providersQuery = queryOptions({
  queryKey: ['providers', 'list'],
  queryFn: ({ signal }) => client.providers.list(undefined, { signal }),
  refetchInterval: EVERY_MS,
});

/** Requests of the last 24 hours by who answered, and by their code. */
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

/** The configuration, for its aliases. */
export const configQuery = queryOptions({
  queryKey: ['config', 'retrieve'],
  queryFn: ({ signal }) => client.config.retrieve(undefined, { signal }),
  refetchInterval: EVERY_MS,
});

/** The names that may be sent as `model`. */
export const modelsQuery = queryOptions({
  queryKey: ['models', 'list'],
  queryFn: ({ signal }) => client.models.list({ limit: 1000 }, { signal }),
});
