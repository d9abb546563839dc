import type { LoggedStep } from './request-row.ts';

/** Longest trail as JSON, in bytes. */
const MAX_TRAIL_BYTES = 4096;

/** A trail as it is stored. */
export interface StoredTrail {
  /** Null for an empty one. */
  readonly json: string | null;
  readonly omitted: number;
}

/**
 * A trail as JSON of at most 4 KB. A longer one loses the providers' messages first, and then the steps between its beginning and its last one,
 * which says how the request ended.
 */
export function trailJson(trail: readonly LoggedStep[]): StoredTrail {
  if (trail.length === 0) return { json: null, omitted: 0 };
  const whole = JSON.stringify(trail);
  if (fits(whole)) return { json: whole, omitted: 0 };
  const steps = trail.map((step) => JSON.stringify({ ...step, message: undefined }));
  const all = `[${steps.join()}]`;
  if (fits(all)) return { json: all, omitted: 0 };
  const last = steps.pop() ?? '';
  let bytes = Buffer.byteLength(last) + '[]'.length;
  const kept: string[] = [];
  for (const step of steps) {
    bytes += Buffer.byteLength(step) + ','.length;
    if (bytes > MAX_TRAIL_BYTES) break;
    kept.push(step);
  }
  return { json: `[${[...kept, last].join()}]`, omitted: steps.length - kept.length };
}

function fits(json: string): boolean {
  return Buffer.byteLength(json) <= MAX_TRAIL_BYTES;
}

/** The steps of a stored trail. */
export function parseTrail(json: string | null): readonly LoggedStep[] {
  if (json === null) return [];
  const steps: readonly LoggedStep[] = JSON.parse(json);
  return steps;
}
