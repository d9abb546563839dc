import type { RunEvent } from '../domain/run.ts';

const CHUNK_START = Buffer.from('{"type":"chunk","chunk":');
const CHUNK_END = Buffer.from('}');
const DATA = Buffer.from('data: ');
const LF = 0x0a;

/** The parts of the event `chunk` around a chunk's JSON text. The chunk is not parsed. */
export function chunkEvent(json: Buffer): readonly Buffer[] {
  return [CHUNK_START, json, CHUNK_END];
}

/** The JSON text of the chunk in an event; undefined for an event of another type. Shares memory with the event. */
export function chunkIn(event: Buffer): Buffer | undefined {
  if (
    event.length < CHUNK_START.length ||
    event.compare(CHUNK_START, 0, CHUNK_START.length, 0, CHUNK_START.length) !== 0
  )
    return undefined;
  return event.subarray(CHUNK_START.length, -CHUNK_END.length);
}

/** The data of each event in the bytes that a stream's raw face delivers at once. Shares memory with them. */
export function* dataIn(events: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < events.length;) {
    const found = events.indexOf(LF, at);
    const end = found === -1 ? events.length : found;
    if (events.compare(DATA, 0, DATA.length, at, Math.min(end, at + DATA.length)) === 0)
      yield events.subarray(at + DATA.length, end);
    at = end + 1;
  }
}

/** An event of the gateway's own as JSON. */
export function eventJson(event: Exclude<RunEvent<never>, { type: 'chunk' }>): Buffer {
  return Buffer.from(JSON.stringify(event));
}
