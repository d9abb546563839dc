import type { SseEvent } from '../domain/stream-grammar.ts';
import { LARGE_JSON_BYTES, parseJsonSteps } from '../lib/json-steps.ts';
import type { Steps } from '../lib/steps.ts';

/** What a larger event holds that is not JSON is not looked for: that would take too long. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Whether an event is parsed in steps. */
export function isLarge({ data, parsed }: SseEvent): boolean {
  return data.length > LARGE_JSON_BYTES && parsed === undefined;
}

/** Parses a large event in steps and inspects it. */
export function* inspectLarge(event: SseEvent, inspect: (event: SseEvent) => void): Steps<void> {
  const value = yield* parseJsonSteps(event.data);
  const isKnown = value !== undefined || event.data.length > MAX_TEXT_BYTES;
  inspect(isKnown ? { ...event, parsed: { value } } : event);
}
