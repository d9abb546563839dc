/** What the URL of the page holds. */
export interface KeysSearch {}

/** Reads it. */
export function keysSearch(_: Record<string, unknown>): KeysSearch {
  return {};
}
