import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import type { UpstreamRequest } from '../../upstream/transport.ts';
import type { EncodeOptions } from '../codec.ts';
import { ByteEdits } from '../../lib/byte-edits.ts';
import type { JsonDocument } from '../../lib/json-document.ts';
import { type Edits, editObject } from './splice.ts';

/** What an operation's request consists of. */
export interface RequestParts {
  /** Below the base URL, with a leading slash. */
  readonly path: string;
  /** Top-level members to set or remove, beside `model` and what the target's quirks remove. */
  readonly values: Edits['values'];
  /** Edits of the call's bytes within members that are not in `values`; none unless given. */
  readonly inside?: ByteEdits | undefined;
}

/** A POST to an OpenAI-compatible server: the call's body, edited where the model's name, these parts and the target's quirks require it. */
export function openaiRequest(
  call: Call,
  target: Target,
  { path, values, inside = new ByteEdits(), headers }: RequestParts & Pick<EncodeOptions, 'headers'>,
): UpstreamRequest {
  const { quirks, endpoint, baseUrl } = target;
  const { document, members, edits } = call.body;
  const all: Record<string, string | undefined> = Object.fromEntries(edits);
  for (const field of quirks.rejects) all[field] = undefined;
  Object.assign(all, { model: JSON.stringify(target.model) }, values);
  editObject(inside, { document, node: document.root, members }, { values: all, keys: quirks.renames });
  return {
    endpoint,
    path: baseUrl.slice(endpoint.origin.length) + path,
    method: 'POST',
    headers: headersOf(call, target, headers),
    body: bodyOf(inside, document),
  };
}

/** Bodies from this size are not copied, in bytes. A copy of 32 MB takes 20 ms, and pieces of small bodies are slower to write than a copy. */
const LARGE = 256 * 1024;
/** So many pieces are no longer faster than a copy. */
const MOST_EDITS = 1000;

function bodyOf(edits: ByteEdits, { bytes, range }: JsonDocument): UpstreamRequest['body'] {
  const [start, end] = range;
  const isLarge = end - start >= LARGE && edits.size <= MOST_EDITS;
  return isLarge ? edits.pieces(bytes, start, end) : edits.apply(bytes, start, end);
}

/** The gateway's own headers win over the configured headers, and these win over the client's. */
function headersOf(
  call: Call,
  { headers, apiKey, keyHeader }: Target,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = {
    ...call.headers,
    ...headers,
    'content-type': 'application/json',
    accept: call.stream ? 'text/event-stream' : 'application/json',
    // A compressor holds events back, and a body that needs no decoding passes through as it is.
    'accept-encoding': 'identity',
  };
  if (apiKey !== undefined) all[keyHeader] = keyHeader === 'authorization' ? `Bearer ${apiKey}` : apiKey;
  return Object.assign(all, own);
}
