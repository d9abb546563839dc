import type { Operation } from '../domain/operation.ts';
import { memberOf } from '../lib/record.ts';
import { chatFields } from './chat-fields.ts';
import { tokensOf } from './estimate-usage.ts';
import { openaiErrorBody } from './openai-error-body.ts';
import { hasWrongField } from './wrong-field.ts';
import { listOf, OPENAI_ATTACHMENTS, parametersOf, positiveNumberOf } from './parameters.ts';

const COMMON: ReadonlySet<string> = new Set(['model', 'messages', 'stream']);

/** OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat). */
export const chatCompletions = Object.freeze({
  name: 'chat.completions',
  singleFields: Object.freeze(['model', 'models', 'messages', 'stream', 'stream_options']),
  modelsField: 'models',
  commonFields: COMMON,
  contentFields: new Set(['messages']),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: false,
  stream: Object.freeze({ events: 'bare', end: 'data: [DONE]\n\n' }),
  needsOf: (input) => ({
    tools: listOf(input, 'tools').length > 0,
    images: listOf(input, 'messages').some(hasImage),
    jsonSchema: memberOf(memberOf(input, 'response_format'), 'type') === 'json_schema',
    parameters: parametersOf(input, COMMON),
    inputTokens: tokensOf(input, OPENAI_ATTACHMENTS),
    outputTokens: outputTokensOf(input),
  }),
  promptTokensOf: (input) => tokensOf(input, OPENAI_ATTACHMENTS),
  hasWrongField: (input, paths) => hasWrongField(chatFields(), input, paths),
  errorBody: openaiErrorBody,
} satisfies Operation);

function hasImage(message: unknown): boolean {
  return listOf(message, 'content').some((part) => memberOf(part, 'type') === 'image_url');
}

/** The bound on one choice times the number of choices. */
function outputTokensOf(input: unknown): number {
  const each = positiveNumberOf(input, 'max_completion_tokens') ?? positiveNumberOf(input, 'max_tokens') ?? 0;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(each) * Math.ceil(positiveNumberOf(input, 'n') ?? 1));
}
