import { isRecord } from '../../../lib/record.ts';

/** The JSON of a call's input; empty where it has no members, or nests too deep to be written. */
export function inputJson(input: unknown): string {
  if (!isRecord(input) || Object.keys(input).length === 0) return '';
  try {
    return JSON.stringify(input);
  } catch {
    // A value may be parsed that is too deep to be written.
    return '';
  }
}
