import { numberOf, textOf } from '../../parts/read-search.ts';

/** Which entries the page shows. */
export interface AuditSearch {
  /** Id of a principal. */
  readonly actor?: string | undefined;
  /** For example `keys.create`. */
  readonly action?: string | undefined;
  /** Id of a key, or name of a tenant. */
  readonly target?: string | undefined;
  /** Entries older than the one of this number. */
  readonly before?: number | undefined;
}

/** Reads the page's parameters. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const { actor, action, target, before } = search;
  return { actor: textOf(actor), action: textOf(action), target: textOf(target), before: numberOf(before) };
}
