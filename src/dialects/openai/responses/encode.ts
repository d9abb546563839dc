import { createCall } from '../../../domain/call.ts';
import { RequestBody } from '../../../domain/request-body.ts';
import type { Steps } from '../../../lib/steps.ts';
import type { EncodedForProvider, ProviderRequest } from '../../neutral/api.ts';
import { openaiRequest } from '../request.ts';
import { encodeInput } from './encode-input.ts';
import { encodeSettings, SUMMARY } from './encode-settings.ts';
import { encodeTools } from './encode-tools.ts';

/** Asks for reasoning in a form that a later request can send back. Models that do not reason may refuse it. */
const INCLUDE = 'include';
const ENCRYPTED = ['reasoning.encrypted_content'];

/** Encodes a request for a server of the Responses API. It is stateless: nothing is stored, and encrypted reasoning comes back. */
export function* encodeForResponses(sent: ProviderRequest): Steps<EncodedForProvider> {
  const { call, request, target, options, losses } = sent;
  const { instructions, input } = yield* encodeInput(sent);
  yield;
  const settings = encodeSettings(sent);
  const withInclude = !options.without.has(INCLUDE);
  const added = [
    ...(withInclude ? [INCLUDE] : []),
    ...(request.reasoning?.value.summary !== undefined && !options.without.has(SUMMARY) ? [SUMMARY] : []),
  ];
  const body = yield* RequestBody.ofSteps({
    model: target.model,
    instructions,
    input,
    ...encodeTools(request.tools, request.toolChoice, losses),
    ...settings,
    ...(withInclude ? { [INCLUDE]: ENCRYPTED } : {}),
    ...(request.stream ? { stream: true } : {}),
  });
  // The client's headers are those of its own API.
  const { operation, content, stream } = call;
  const own = createCall({ operation, body, content, stream, headers: {} });
  return { request: openaiRequest(own, target, { path: '/responses', values: {}, headers: options.headers }), added };
}
