import type { Call } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import type { ByteEdits } from '../lib/byte-edits.ts';
import type { JsonDocument } from '../lib/json-document.ts';
import type { UpstreamRequest } from '../upstream/transport.ts';

/** The path of an operation at a target's base URL. `path`: below the base URL, with a leading slash. */
export function pathAt({ baseUrl, endpoint }: Pick<Target, 'baseUrl' | 'endpoint'>, path: string): string {
  return baseUrl.slice(endpoint.origin.length) + path;
}

/** Bodies from this size are not copied, in bytes. A copy of 32 MB takes 20 ms, and pieces of small bodies are slower to write than a copy. */
const LARGE = 256 * 1024;
/** So many pieces are no longer faster than a copy. */
const MOST_EDITS = 1000;

/** The bytes of a document with edits. */
export function editedBody(edits: ByteEdits, { bytes, range }: JsonDocument): UpstreamRequest['body'] {
  const [start, end] = range;
  const isLarge = end - start >= LARGE && edits.size <= MOST_EDITS;
  return isLarge ? edits.pieces(bytes, start, end) : edits.apply(bytes, start, end);
}

/** The headers that every provider gets with a JSON body. `stream`: whether an event stream is requested. */
export function jsonHeaders({ stream }: Pick<Call, 'stream'>): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    // A compressor holds events back, and a body that needs no decoding passes through as it is.
    'accept-encoding': 'identity',
  };
}
