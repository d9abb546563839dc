/** What the URL of the page holds. */
export interface PlaygroundSearch {}

/** Reads it. */
export function playgroundSearch(_: Record<string, unknown>): PlaygroundSearch {
  return {};
}
