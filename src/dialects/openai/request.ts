import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import type { UpstreamRequest } from '../../upstream/transport.ts';
import type { EncodeOptions } from '../codec.ts';
import { type Edits, splice } from './splice.ts';

/** What an operation's request consists of. */
export interface RequestParts {
  /** Below the base URL, with a leading slash. */
  readonly path: string;
  readonly body: Buffer;
  /** Top-level members to set or remove, beside `model` and what the target's quirks remove. */
  readonly values: Edits['values'];
}

/** The client's body; serialized from the input where there is none, as in process. */
export function bodyOf(call: Call): Buffer {
  return call.bytes ?? Buffer.from(JSON.stringify(call.input));
}

/** A POST to an OpenAI-compatible server: `body`, edited where the model's name, `values` and the target's quirks require it. */
export function openaiRequest(
  call: Call,
  target: Target,
  { path, body, values, headers }: RequestParts & Pick<EncodeOptions, 'headers'>,
): UpstreamRequest {
  const { quirks, endpoint, baseUrl } = target;
  const edits: Record<string, string | undefined> = {};
  for (const field of quirks.rejects) edits[field] = undefined;
  Object.assign(edits, { model: JSON.stringify(target.model) }, values);
  return {
    endpoint,
    path: baseUrl.slice(endpoint.origin.length) + path,
    method: 'POST',
    headers: headersOf(call, target, headers),
    body: splice(body, { values: edits, keys: quirks.renames }),
  };
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
