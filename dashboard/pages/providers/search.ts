/** What the URL of the page holds. */
export interface ProvidersSearch {}

/** Reads it. */
export function providersSearch(_: Record<string, unknown>): ProvidersSearch {
  return {};
}
