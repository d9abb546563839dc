import type { LimitRules } from '../domain/limits.ts';
import type { RefusalRule } from '../domain/reading.ts';

/** How a reply is read. */
export interface ReadOptions {
  /** How the provider counts its limits. */
  readonly rules: LimitRules;
  /** When the reply arrived, milliseconds since the epoch. */
  readonly now: number;
  /** The operator's own rules, which come before all others. */
  readonly refusals?: readonly RefusalRule[] | undefined;
  /** Classifies by status, headers and codes only: the error's text may repeat what the client sent. */
  readonly ignoreText?: boolean | undefined;
}
