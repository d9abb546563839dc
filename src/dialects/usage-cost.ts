import { rangeOf } from '../lib/json-members.ts';
import { OPEN_BRACE } from '../lib/json-codes.ts';
import { splice } from './openai/splice.ts';

/** Where an answer or one event of it has its usage: at the top, or in the response of a Responses event. */
const PLACES = [['usage'], ['response', 'usage']] as const;

/**
 * The JSON of an answer, or of an event, whose `usage` has the member `cost`, as OpenRouter writes it; every other byte is as it is. `cost`: a JSON
 * text. The same bytes where there is no usage.
 */
export function withUsageCost(json: Buffer, cost: string): Buffer {
  for (const place of PLACES) {
    const range = rangeOf(json, place);
    if (range === undefined || json[range[0]] !== OPEN_BRACE) continue;
    const usage = splice(json.subarray(...range), { values: { cost } });
    return Buffer.concat([json.subarray(0, range[0]), usage, json.subarray(range[1])]);
  }
  return json;
}
