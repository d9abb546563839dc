import type { Operation } from '../domain/operation.ts';
import { tokensOf } from './estimate-usage.ts';
import { invalidField } from './generated-answer.ts';
import { openaiErrorBody, openaiErrorEvent } from './openai-error-body.ts';
import { parametersOf, positiveNumberOf } from './parameters.ts';
import { completionsFields } from './completions-fields.ts';
import { hasWrongField } from './wrong-field.ts';

const SINGLE: readonly string[] = Object.freeze(['model', 'stream', 'stream_options', 'prompt']);
const COMMON: ReadonlySet<string> = new Set(['model', 'prompt']);

/** OpenAI's older completions (https://platform.openai.com/docs/api-reference/completions). */
export const completions = Object.freeze({
  name: 'completions',
  singleFields: SINGLE,
  modelsField: undefined,
  ownFields: Object.freeze([]),
  commonFields: COMMON,
  contentFields: new Set(['prompt']),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: false,
  stream: Object.freeze({ events: 'bare', end: 'data: [DONE]\n\n' }),
  // A prompt may be sent as the numbers of its tokens.
  manyNumbers: true,
  optional: true,
  hasField: (name) => SINGLE.includes(name) || Object.hasOwn(completionsFields(), name),
  checkContent(body) {
    const { document } = body;
    const prompt = body.nodeOf('prompt');
    const kind = prompt === undefined ? undefined : document.kindOf(prompt);
    if (prompt === undefined || (kind !== 'string' && (kind !== 'array' || document.countOf(prompt) === 0)))
      throw invalidField('prompt', 'must be a text, or a list with one text or token at least');
  },
  answerCheckOf: () => undefined,
  contentOf(body) {
    const { document } = body;
    const prompt = body.nodeOf('prompt');
    let inputTokens = tokensOf(document, document.root);
    if (prompt !== undefined && document.kindOf(prompt) === 'array') {
      const items = [...document.itemsOf(prompt)];
      inputTokens += document.countOf(prompt) - items.length;
      for (const item of items) if (document.kindOf(item) === 'array') inputTokens += document.countOf(item);
    }
    return { images: false, inputTokens, inputs: 1 };
  },
  mayHedge: (body) => (positiveNumberOf(body, 'n') ?? 1) <= 1 && (positiveNumberOf(body, 'best_of') ?? 1) <= 1,
  needsOf: (body, { inputTokens }) => ({
    tools: false,
    images: false,
    jsonSchema: false,
    parameters: parametersOf(body, COMMON),
    inputTokens,
    outputTokens:
      Math.ceil(positiveNumberOf(body, 'max_tokens') ?? 0) *
      Math.ceil(Math.max(positiveNumberOf(body, 'n') ?? 1, positiveNumberOf(body, 'best_of') ?? 1)),
  }),
  hasWrongField: (body, paths) => hasWrongField(completionsFields(), body, paths),
  errorBody: openaiErrorBody,
  errorEvents: openaiErrorEvent,
} satisfies Operation);
