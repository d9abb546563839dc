import { queryOptions } from '@tanstack/react-query';
import { client } from './client.ts';

/** The largest number of keys that are read at once. */
const MOST_KEYS = 1000;

/** The chains, with the state of their entries. */
export const chainsQuery = queryOptions({
  queryKey: ['chains', 'status'],
  queryFn: ({ signal }) => client.chains.status(undefined, { signal }),
});

/** How every model works under every key. */
export const providersQuery = queryOptions({
  queryKey: ['providers', 'list'],
  queryFn: ({ signal }) => client.providers.list(undefined, { signal }),
});

/** The configuration that is served. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => client.config.retrieve(undefined, { signal }),
});

/** The names that may be sent as `model`. */
export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => client.models.list({ limit: 1000 }, { signal }),
});

/** The keys that the session may see, the newest 1000 of them. */
export const keysQuery = queryOptions({
  queryKey: ['keys', 'all'],
  queryFn: ({ signal }) => client.keys.list({ limit: MOST_KEYS }, { signal }),
});

/** The tenants that the session may see. */
export const tenantsQuery = queryOptions({
  queryKey: ['tenants'],
  queryFn: ({ signal }) => client.tenants.list(undefined, { signal }),
});
