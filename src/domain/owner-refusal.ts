/** What of a key or a tenant a request did not fit in: its limits, or one of its budgets. */
export const OWNER_REFUSAL_KINDS = Object.freeze(['requests', 'tokens', 'concurrency', 'budget'] as const);

/** Why admission has refused a request: which limit, and whose. */
export interface OwnerRefusal {
  readonly scope: 'key' | 'tenant';
  readonly kind: (typeof OWNER_REFUSAL_KINDS)[number];
}
