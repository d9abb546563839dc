/** What the URL of the page holds. */
export interface RequestsSearch {}

/** Reads it. */
export function requestsSearch(_: Record<string, unknown>): RequestsSearch {
  return {};
}
