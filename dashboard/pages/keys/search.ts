import { choiceOf, textOf } from '../../parts/read-search.ts';

/** The states that the list can be filtered by. */
export const STATES = ['active', 'rotating', 'expired', 'revoked'] as const;

/** What the URL of the page holds. */
export interface KeysSearch {
  /** A part of the name or the id. */
  readonly search?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
  readonly tenant?: string | undefined;
  /** The id of the last key of the page before. */
  readonly after?: string | undefined;
}

/** Reads the page's parameters. */
export function keysSearch({ search, state, tenant, after }: Record<string, unknown>): KeysSearch {
  return {
    search: textOf(search),
    state: choiceOf(state, STATES),
    tenant: textOf(tenant),
    after: textOf(after),
  };
}
