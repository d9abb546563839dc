import type { Operation } from '../domain/operation.ts';
import { embeddingsFields } from './embeddings-fields.ts';
import { tokensOf } from './estimate-usage.ts';
import { openaiErrorBody } from './openai-error-body.ts';
import { hasWrongField } from './wrong-field.ts';
import { listOf, OPENAI_ATTACHMENTS, parametersOf } from './parameters.ts';

const COMMON: ReadonlySet<string> = new Set(['model', 'input']);

/** OpenAI's embeddings (https://platform.openai.com/docs/api-reference/embeddings). */
export const embeddings = Object.freeze({
  name: 'embeddings',
  singleFields: Object.freeze(['model', 'input', 'stream', 'stream_options']),
  modelsField: undefined,
  commonFields: COMMON,
  contentFields: new Set<string>(),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: true,
  stream: undefined,
  needsOf: (input) => ({
    tools: false,
    images: false,
    jsonSchema: false,
    parameters: parametersOf(input, COMMON),
    inputTokens: promptTokensOf(input),
    windowTokens: longestInputOf(input),
    outputTokens: 0,
  }),
  promptTokensOf,
  hasWrongField: (input, paths) => hasWrongField(embeddingsFields(), input, paths),
  errorBody: openaiErrorBody,
} satisfies Operation);

/** Each input of a list has the context window to itself. */
function longestInputOf(input: unknown): number | undefined {
  const inputs = listOf(input, 'input');
  if (inputs.length < 2 || inputs.every((each) => typeof each === 'number')) return undefined;
  return inputs.reduce<number>((most, each) => Math.max(most, promptTokensOf({ input: each })), 0);
}

/** Counts each number as one token: a text may arrive as tokens already. */
function promptTokensOf(input: unknown): number {
  let tokens = tokensOf(input, OPENAI_ATTACHMENTS);
  for (const item of listOf(input, 'input')) {
    if (typeof item === 'number') tokens++;
    else if (Array.isArray(item)) tokens += item.length;
  }
  return tokens;
}
