import type { RequestList } from 'spillway/client';
import type { RequestsSearch } from './search.ts';

/** Where a page begins; both absent for the newest one. */
export type Place = Pick<RequestsSearch, 'before' | 'after'>;

/** Where the pages before and behind this one begin; null where there is none. Without a place, it is the newest page. `page`: undefined until it is read. */
export function neighboursOf(
  { before, after }: Place,
  page: Pick<RequestList, 'data' | 'next' | 'has_more'> | undefined,
): { readonly older: Place | null; readonly newer: Place | null } {
  if (page === undefined) return { older: null, newer: null };
  const { data, next, has_more: hasMore } = page;
  const first = data[0]?.id;
  const last = data.at(-1)?.id;
  if (after !== undefined) {
    const newer =
      hasMore && next !== null ? { after: next, before: undefined } : { after: undefined, before: undefined };
    return { older: last === undefined ? null : { before: last, after: undefined }, newer };
  }
  const older = hasMore && next !== null ? { before: next, after: undefined } : null;
  if (before === undefined) return { older, newer: null };
  return { older, newer: { after: first ?? before, before: undefined } };
}
