import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import type { UpstreamRequest } from '../../upstream/transport.ts';
import type { EncodeOptions } from '../codec.ts';
import { ByteEdits } from '../../lib/byte-edits.ts';
import { editedBody, jsonHeaders, pathAt } from '../provider-request.ts';
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
  const { quirks, endpoint } = target;
  const { document, members, edits } = call.body;
  const all: Record<string, string | undefined> = Object.fromEntries(edits);
  for (const field of quirks.rejects) all[field] = undefined;
  Object.assign(all, { model: JSON.stringify(target.model) }, values);
  editObject(inside, { document, node: document.root, members }, { values: all, keys: quirks.renames });
  return {
    endpoint,
    path: pathAt(target, path),
    method: 'POST',
    headers: headersOf(call, target, headers),
    body: editedBody(inside, document),
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
    ...jsonHeaders(call),
  };
  if (apiKey !== undefined) all[keyHeader] = keyHeader === 'authorization' ? `Bearer ${apiKey}` : apiKey;
  return Object.assign(all, own);
}
