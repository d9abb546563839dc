/** What is known to be redacted in bodies, in the order in which documents list it. */
export const BODY_REDACTIONS = Object.freeze(['secrets', 'email', 'phone', 'card', 'iban'] as const);

/** One of these. */
export type BodyRedaction = (typeof BODY_REDACTIONS)[number];

/** What is replaced in bodies. Data that can be posted to another thread. */
export interface RedactionRules {
  readonly known: readonly BodyRedaction[];
  /** The operator's own regular expressions, with the flags `gu`. */
  readonly patterns: readonly string[];
  /** Secrets that are known by their value; used where `secrets` is among the known redactions. */
  readonly secrets: readonly string[];
  /** Most bytes of each of the two bodies, after their redaction. */
  readonly maxBytes: number;
}

/** Of which requests bodies are kept. */
export interface BodyRules extends RedactionRules {
  /** Names of chains. */
  readonly chains: ReadonlySet<string>;
  /** The part of their requests: above 0, and 1 for all. */
  readonly sample: number;
  /** Whether `x-spillway-log: none` keeps the bodies of a request out. */
  readonly mayOptOut: boolean;
}
