import { parseJsonSteps } from '../../lib/json-steps.ts';
import { isRecord } from '../../lib/record.ts';
import type { Steps } from '../../lib/steps.ts';

/** The chunks of a complete stream, one a step at least. `events`: the data of each. Undefined where one is no object. */
export function* parseChunks(events: readonly Buffer[]): Steps<object[] | undefined> {
  const chunks: object[] = [];
  for (const event of events) {
    const chunk = yield* parseJsonSteps(event);
    if (!isRecord(chunk)) return undefined;
    chunks.push(chunk);
    yield;
  }
  return chunks;
}
