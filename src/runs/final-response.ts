import { parseJson } from '../lib/parse-json.ts';
import { isRecord, memberOf } from '../lib/record.ts';

/** The names of the events that hold a whole response. */
const FINAL = ['response.completed', 'response.incomplete'] as const;
/** The bytes before their data. */
const STARTS = FINAL.map((name) => Buffer.from(`event: ${name}\ndata: `));

/** Whether a chunk of a stream is the event that ends a whole response. */
export function isFinalEvent(chunk: unknown): chunk is { readonly response: unknown } {
  const type = memberOf(chunk, 'type');
  return FINAL.some((each) => each === type);
}

/** The whole response in the bytes of events, where one of them ends it; undefined where none does. */
export function finalResponseIn(events: Buffer): Readonly<Record<string, unknown>> | undefined {
  for (const mark of STARTS) {
    const found = events.lastIndexOf(mark);
    if (found === -1) continue;
    const start = found + mark.length;
    const end = events.indexOf('\n', start);
    const response = memberOf(parseJson(events.toString('utf8', start, end === -1 ? events.length : end)), 'response');
    if (isRecord(response)) return response;
  }
  return undefined;
}
