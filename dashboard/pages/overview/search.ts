/** What the URL of the page holds. */
export interface OverviewSearch {}

/** Reads it. */
export function overviewSearch(_: Record<string, unknown>): OverviewSearch {
  return {};
}
