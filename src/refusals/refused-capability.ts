import type { Capability } from '../domain/needs.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { MISSING_CAPABILITY } from './wordings/capability.ts';

/** Only so many characters of a message are matched. */
const MAX_TEXT = 4096;

/** A capability that a model lacks. */
export interface RefusedCapability {
  readonly capability: Capability;
  /** The part of the message that says so, in lower case. */
  readonly matchedText: string;
}

/** Reads the capability that a model lacks from a refusal's message; undefined if the message names none. */
export function refusedCapability(error: ReportedError): RefusedCapability | undefined {
  const text = error.message.slice(0, MAX_TEXT).toLowerCase();
  for (const [capability, pattern] of MISSING_CAPABILITY) {
    const [matchedText] = pattern.exec(text) ?? [];
    if (matchedText !== undefined) return { capability, matchedText };
  }
  return undefined;
}
