/** What the URL of the page holds. */
export interface UsageSearch {}

/** Reads it. */
export function usageSearch(_: Record<string, unknown>): UsageSearch {
  return {};
}
