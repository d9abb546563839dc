/** What the URL of the page holds. */
export interface AuditSearch {}

/** Reads it. */
export function auditSearch(_: Record<string, unknown>): AuditSearch {
  return {};
}
