/** What the URL of the page holds. */
export interface ChainsSearch {}

/** Reads it. */
export function chainsSearch(_: Record<string, unknown>): ChainsSearch {
  return {};
}
