import { GatewayError } from '../domain/errors.ts';
import type { Content } from '../domain/needs.ts';
import type { Operation } from '../domain/operation.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { embeddingsFields } from './embeddings-fields.ts';
import { tokensOf } from './estimate-usage.ts';
import { openaiErrorBody, openaiErrorEvent } from './openai-error-body.ts';
import { hasWrongField } from './wrong-field.ts';
import { parametersOf } from './parameters.ts';

const SINGLE: readonly string[] = Object.freeze(['model', 'input', 'stream', 'stream_options']);
const COMMON: ReadonlySet<string> = new Set(['model', 'input']);

/** OpenAI's embeddings (https://platform.openai.com/docs/api-reference/embeddings). */
export const embeddings = Object.freeze({
  name: 'embeddings',
  singleFields: SINGLE,
  modelsField: undefined,
  ownFields: Object.freeze([]),
  commonFields: COMMON,
  contentFields: new Set<string>(),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: true,
  stream: undefined,
  // A text may be sent as the numbers of its tokens.
  manyNumbers: true,
  hasField: (name) => SINGLE.includes(name) || Object.hasOwn(embeddingsFields(), name),
  checkContent(body) {
    const { document } = body;
    const input = body.nodeOf('input');
    const kind = input === undefined ? undefined : document.kindOf(input);
    if (input === undefined || (kind !== 'string' && (kind !== 'array' || document.countOf(input) === 0)))
      throw new GatewayError('invalid_request', {
        message: 'input: must be a text, or a list with one text or token at least',
        param: 'input',
      });
  },
  answerCheckOf: () => undefined,
  contentOf,
  mayHedge: () => false,
  needsOf: (body, { inputTokens, windowTokens }) => ({
    tools: false,
    images: false,
    jsonSchema: false,
    parameters: parametersOf(body, COMMON),
    inputTokens,
    windowTokens,
    outputTokens: 0,
  }),
  hasWrongField: (body, paths) => hasWrongField(embeddingsFields(), body, paths),
  errorBody: openaiErrorBody,
  errorEvents: openaiErrorEvent,
} satisfies Operation);

/** Each number is one token. Each input of a list has the context window to itself. */
function contentOf(body: RequestBody): Content {
  const { document } = body;
  const input = body.nodeOf('input');
  let inputTokens = tokensOf(document, document.root);
  if (input === undefined || document.kindOf(input) !== 'array') return { images: false, inputTokens, inputs: 1 };
  const items = [...document.itemsOf(input)];
  inputTokens += document.countOf(input) - items.length;
  let windowTokens = 0;
  for (const item of items) {
    const numbers = document.kindOf(item) === 'array' ? document.countOf(item) : 0;
    inputTokens += numbers;
    windowTokens = Math.max(windowTokens, tokensOf(document, item) + numbers);
  }
  // A list of nothing but numbers is one input.
  const inputs = items.length === 0 ? 1 : document.countOf(input);
  return { images: false, inputTokens, windowTokens: inputs < 2 ? undefined : windowTokens, inputs };
}
