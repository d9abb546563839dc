import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { useKeyNames } from '../../api/key-names.ts';
import { providersQuery } from '../../api/queries.ts';

const MINUTE = 60_000;

/** Codes with which requests end often; others are filters too where the URL has them. */
const CODES = [
  'ok',
  'client_closed',
  'all_providers_exhausted',
  'no_suitable_entry',
  'deadline_exceeded',
  'upstream_failed',
  'upstream_truncated',
  'upstream_timeout',
  'rate_limit_exceeded',
  'budget_exceeded',
  'invalid_request',
  'no_valid_answer',
  'overloaded',
] as const;

const OPERATIONS = [
  'chat.completions.create',
  'chat.completions.stream',
  'responses.create',
  'responses.stream',
  'messages.create',
  'messages.stream',
  'embeddings.create',
  'completions.create',
  'completions.stream',
] as const;

/** Values to choose from, of each filter that has such. */
export interface FilterOptions {
  readonly chain: readonly string[];
  readonly provider: readonly string[];
  readonly model: readonly string[];
  readonly code: readonly string[];
  readonly operation: readonly string[];
  /** Names of keys by their ids. */
  readonly keys: ReadonlyMap<string, string>;
}

/** The values that filters can have now. Empty where they cannot be read: what the URL holds is a filter all the same. */
export function useFilterOptions(): FilterOptions {
  const keys = useKeyNames();
  const chains = useQuery({
    queryKey: ['chains', 'list'],
    queryFn: ({ signal }) => client.chains.list(undefined, { signal }),
    staleTime: MINUTE,
  });
  const providers = useQuery({ ...providersQuery, staleTime: 5 * MINUTE });
  const entries = providers.data?.data ?? [];
  return {
    chain: (chains.data?.data ?? []).map(({ id }) => id),
    provider: [...new Set(entries.map(({ provider }) => provider))],
    model: [...new Set(entries.map(({ model }) => model))].filter((model) => model !== '*'),
    code: CODES,
    operation: OPERATIONS,
    keys,
  };
}
