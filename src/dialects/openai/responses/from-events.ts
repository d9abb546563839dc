import { parseJsonSteps } from '../../../lib/json-steps.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Steps } from '../../../lib/steps.ts';
import { GatheredItems } from './gathered-items.ts';

/**
 * The response of a complete stream: that of its terminal event. Where its output is empty, the items of the events before it take its place. Undefined
 * where there is no terminal event.
 */
export function* responseOfEvents(events: readonly Buffer[]): Steps<object | undefined> {
  const items = new GatheredItems();
  let response: Readonly<Record<string, unknown>> | undefined;
  for (const event of events) {
    const value = yield* parseJsonSteps(event);
    if (!isRecord(value)) return undefined;
    const { type } = value;
    if (type === 'response.completed' || type === 'response.incomplete') response = fieldsOf(value['response']);
    else items.add(value);
    yield;
  }
  if (response === undefined) return undefined;
  const { output } = response;
  const isEmpty = !Array.isArray(output) || output.length === 0;
  return isEmpty ? { ...response, output: items.list() } : response;
}
