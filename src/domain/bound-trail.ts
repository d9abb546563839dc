import { cutText } from '../lib/cut-text.ts';
import type { TrailStep } from './trail.ts';

/** Longest text of a provider, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 2048;
/** Longest message of a provider in an error that shows no other one, in bytes of UTF-8. */
export const MAX_ONLY_MESSAGE_BYTES = 4096;
/** Largest trail as JSON, in bytes, as far as its messages make it large. */
const MAX_TRAIL_BYTES = 32 * 1024;
/** Longest messages of a trail, in bytes: the first of these with which it is small enough. */
const MESSAGE_BYTES = [MAX_TEXT_BYTES, 1024, 512, 256, 128];

/** Longest message of a provider beside this trail, in bytes of UTF-8: 4 KB where at most one attempt has a message, else 2 KB. */
export function messageBytesIn(trail: readonly TrailStep[]): number {
  const messages = trail.filter(({ outcome, message }) => outcome !== 'skipped' && message !== undefined);
  return messages.length > 1 ? MAX_TEXT_BYTES : MAX_ONLY_MESSAGE_BYTES;
}

/**
 * A trail whose messages are bounded. A single message has at most 4 KB, each of several at most 2 KB. Where the trail is larger than 32 KB
 * as JSON, all messages are cut to 1 KB, or to 512, 256 or 128 bytes, or else omitted. The steps stay. A step that does not change is the
 * same object.
 */
export function boundTrail(trail: readonly TrailStep[]): readonly TrailStep[] {
  if (trail.every(({ message }) => message === undefined)) return trail;
  const first = messageBytesIn(trail);
  for (const maxBytes of [first, ...MESSAGE_BYTES.filter((each) => each < first)]) {
    const bounded = trail.map((step) => withMessage(step, step.message && cutText(step.message, maxBytes)));
    if (sizeOf(bounded) <= MAX_TRAIL_BYTES) return bounded;
  }
  return trail.map((step) => withMessage(step, undefined));
}

function withMessage(step: TrailStep, message: string | undefined): TrailStep {
  return step.message === message ? step : { ...step, message };
}

function sizeOf(trail: readonly TrailStep[]): number {
  return Buffer.byteLength(JSON.stringify(trail));
}
