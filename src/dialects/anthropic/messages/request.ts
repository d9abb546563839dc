import type { Call } from '../../../domain/call.ts';
import type { Target } from '../../../domain/chain.ts';
import { ByteEdits } from '../../../lib/byte-edits.ts';
import type { UpstreamRequest } from '../../../upstream/transport.ts';
import type { Encoded, EncodeOptions } from '../../codec.ts';
import { HISTORY_REASONING } from '../../neutral/api.ts';
import { editedBody, jsonHeaders, pathAt } from '../../provider-request.ts';
import { type Edits, editObject } from '../../openai/splice.ts';
import { betaFieldsIn } from '../beta-fields.ts';
import { anthropicHeaders } from '../headers.ts';
import { isFirstParty } from '../first-party.ts';
import { editHistory } from './edit-history.ts';
import { systemWithoutBilling } from './edit-system.ts';

/** Encodes a message for a provider that speaks the same API: the client's own bytes, with the model's name. */
export function encodeSameApi(call: Call, target: Target, options: EncodeOptions): Encoded {
  const { body } = call;
  // Only a REST body has `stream`. Over the other doors the procedure's name decides.
  const stream = call.stream && body.get('stream') !== true ? { stream: 'true' } : {};
  return sameApiRequest(call, target, { options, path: '/v1/messages', values: stream });
}

interface Parts {
  readonly options: EncodeOptions;
  /** Below the base URL. */
  readonly path: string;
  /** Top-level members to set, beside `model`. */
  readonly values: Edits['values'];
}

/** A POST of the client's own bytes, in which the model's name is the target's, and what the target would refuse is left out. */
export function sameApiRequest(call: Call, target: Target, { options, path, values }: Parts): Encoded {
  const { body } = call;
  const { quirks } = target;
  const inside = new ByteEdits();
  editHistory(inside, body, { dropsAll: options.without.has(HISTORY_REASONING) });
  const dropped = betaFieldsIn(body.names, quirks.betas);
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(body.edits),
    ...(isFirstParty(target) ? {} : systemWithoutBilling(body)),
  };
  for (const field of [...quirks.rejects, ...dropped]) all[field] = undefined;
  Object.assign(all, { model: JSON.stringify(target.model) }, values);
  const { document, members } = body;
  editObject(inside, { document, node: document.root, members }, { values: all, keys: quirks.renames });
  return {
    request: anthropicRequest(call, target, { path, headers: options.headers, body: editedBody(inside, document) }),
    added: [],
    dropped: dropped.filter((field) => body.has(field)).toSorted(),
  };
}

function anthropicRequest(
  call: Call,
  target: Target,
  { path, headers, body }: Pick<Parts, 'path'> & Pick<EncodeOptions, 'headers'> & Pick<UpstreamRequest, 'body'>,
): UpstreamRequest {
  return {
    endpoint: target.endpoint,
    path: messagesPath(target, path),
    method: 'POST',
    headers: anthropicHeaders(target, { asked: call.headers, json: jsonHeaders(call), own: headers }),
    body,
  };
}

/** The path at a target, whose base URL may end with the version, as those of other APIs do. */
export function messagesPath(target: Target, path: string): string {
  return pathAt(target, target.baseUrl.endsWith('/v1') ? path.slice('/v1'.length) : path);
}
