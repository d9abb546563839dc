import type { RequestsSearch } from './search.ts';

let search: RequestsSearch = {};
let openedId: string | undefined;

/** Keeps what the list of requests shows, for the way back to it. */
export function rememberList(shown: RequestsSearch): void {
  search = shown;
}

/** What the list has shown last in this tab. */
export function listSearch(): RequestsSearch {
  return search;
}

/** Keeps which request was opened last. */
export function rememberOpened(id: string): void {
  openedId = id;
}

/** The request that was opened last in this tab, by the id in its URL. */
export function lastOpened(): string | undefined {
  return openedId;
}
