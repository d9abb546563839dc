import { parseJson } from '../lib/parse-json.ts';
import { isRecord, memberOf } from '../lib/record.ts';

/** The names of the events that hold a whole response. */
const FINAL = ['response.completed', 'response.incomplete'] as const;
const DATA = '\ndata: ';

/** Whether a chunk of a stream is the event that ends a whole response. */
export function isFinalEvent(chunk: unknown): chunk is { readonly response: unknown } {
  const type = memberOf(chunk, 'type');
  return FINAL.some((each) => each === type);
}

/** The whole response in the bytes of events, where one of them ends it; undefined where none does. */
export function finalResponseIn(events: Buffer): Readonly<Record<string, unknown>> | undefined {
  for (const name of FINAL) {
    const found = events.lastIndexOf(`event: ${name}${DATA}`);
    if (found === -1) continue;
    const start = found + `event: ${name}${DATA}`.length;
    const end = events.indexOf('\n', start);
    const response = memberOf(parseJson(events.toString('utf8', start, end === -1 ? events.length : end)), 'response');
    if (isRecord(response)) return response;
  }
  return undefined;
}
