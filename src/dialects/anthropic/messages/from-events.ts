import { parseJsonSteps } from '../../../lib/json-steps.ts';
import { jsonTextSteps } from '../../../lib/json-text.ts';
import { isRecord } from '../../../lib/record.ts';
import type { Steps } from '../../../lib/steps.ts';
import { MessageFold } from './message-fold.ts';

/** A complete stream's events as one message, in steps; undefined where they make none. */
export function* messageOfEvents(events: readonly Buffer[]): Steps<Buffer | undefined> {
  const fold = new MessageFold();
  for (const event of events) {
    const value = yield* parseJsonSteps(event);
    if (!isRecord(value)) return undefined;
    fold.add(value);
    yield;
  }
  const message = fold.message();
  return message && (yield* jsonTextSteps(message));
}
