import type { LimitRules } from '../domain/limits.ts';

/** How a reply is read. */
export interface ReadOptions {
  /** How the provider counts its limits. */
  readonly rules: LimitRules;
  /** When the reply arrived, milliseconds since the epoch. */
  readonly now: number;
  /** Classifies by status, headers and codes only: the error's text may repeat what the client sent. */
  readonly ignoreText?: boolean | undefined;
}
