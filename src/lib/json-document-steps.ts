import type { JsonDocument } from './json-document.ts';
import { JsonScanner, UNLIMITED } from './json-scanner.ts';
import type { Steps } from './steps.ts';

/** So many bytes are scanned in one step. */
const STEP_BYTES = 256 * 1024;

/** The document of a whole text as by `documentOf`, a large one in steps. */
export function* documentSteps(bytes: Buffer): Steps<JsonDocument | undefined> {
  const scanner = new JsonScanner(UNLIMITED);
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    if (at > 0) yield;
    scanner.push(bytes.subarray(at, at + STEP_BYTES));
  }
  return scanner.end(bytes);
}
