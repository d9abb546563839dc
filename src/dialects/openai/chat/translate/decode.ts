import type { Call } from '../../../../domain/call.ts';
import { chatFields } from '../../../../operations/chat-fields.ts';
import { checkFields } from '../../../../operations/wrong-field.ts';
import type { RequestFields } from '../../../neutral/api.ts';
import type { NeutralRequest } from '../../../neutral/request.ts';
import { decodeMessages } from './decode-messages.ts';
import { extrasOf, flagOf, formatOf, lostOf, numberOf, reasoningOf, samplingOf, textOf } from './decode-settings.ts';
import { toolChoiceOf, toolsOf } from './decode-tools.ts';

/** The decoders of these check them. */
const CHECKED: ReadonlySet<string> = new Set(['messages', 'tools', 'tool_choice', 'response_format', 'stop']);

/** Reads a chat completion's request. Throws `invalid_request` for one that no provider accepts. */
export function decodeChat({ body, stream }: Call, fields: RequestFields = body.parse()): NeutralRequest {
  checkFields(chatFields(), fields, CHECKED);
  const { turns, lost } = decodeMessages(fields['messages']);
  return {
    turns,
    tools: toolsOf(fields),
    toolChoice: toolChoiceOf(fields),
    parallelToolCalls: flagOf(fields, 'parallel_tool_calls'),
    maxOutputTokens: numberOf(fields, 'max_completion_tokens') ?? numberOf(fields, 'max_tokens'),
    ...samplingOf(fields),
    reasoning: reasoningOf(fields),
    format: formatOf(fields),
    verbosity: textOf(fields, 'verbosity'),
    extras: extrasOf(fields),
    lost: [...lost, ...lostOf(fields)],
    stream,
  };
}
