import { createCall } from '../../../../domain/call.ts';
import { RequestBody } from '../../../../domain/request-body.ts';
import type { Steps } from '../../../../lib/steps.ts';
import type { EncodedForProvider, ProviderRequest } from '../../../neutral/api.ts';
import { encodeChat } from '../encode.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeSettings } from './encode-settings.ts';
import { encodeTools } from './encode-tools.ts';

/**
 * Encodes a request as a chat completion. The body goes through the codec of the operation itself, so that the server's quirks apply as they do to a
 * client's own body. The client's headers belong to its API and are not sent.
 */
export function* encodeForChat(request: ProviderRequest): Steps<EncodedForProvider> {
  const { operation, content, stream, answerCheck } = request.call;
  const { members, optional } = encodeSettings(request);
  const messages = yield* encodeMessages(request);
  yield;
  const input = { model: request.target.model, messages, ...members, ...encodeTools(request) };
  const body = yield* RequestBody.ofSteps(input);
  const call = createCall({ operation, body, content, stream, headers: {}, answerCheck });
  const { added, ...encoded } = encodeChat(call, request.target, request.options);
  return { ...encoded, added: [...added, ...optional] };
}
