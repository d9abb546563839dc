import type { Operation } from '../domain/operation.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';
import { generativeContent, invalidField, isFilledList } from './generated-answer.ts';
import { openaiErrorBody } from './openai-error-body.ts';
import { parametersOf, positiveNumberOf } from './parameters.ts';
import { responsesErrorEvents } from './responses-error-events.ts';
import { responsesFields } from './responses-fields.ts';
import { hasWrongField } from './wrong-field.ts';

const SINGLE: readonly string[] = Object.freeze([
  'model',
  'stream',
  'stream_options',
  'input',
  'instructions',
  'tools',
  'background',
  'store',
  'previous_response_id',
]);
const COMMON: ReadonlySet<string> = new Set(['model', 'input', 'instructions']);

/** OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses). */
export const responses = Object.freeze({
  name: 'responses',
  singleFields: SINGLE,
  modelsField: undefined,
  ownFields: Object.freeze([]),
  commonFields: COMMON,
  contentFields: new Set(['input', 'instructions']),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: false,
  stream: Object.freeze({ events: 'named', end: '' }),
  manyNumbers: false,
  hasField: (name) => SINGLE.includes(name) || Object.hasOwn(responsesFields(), name),
  checkContent: (body) => checkInput(body),
  answerCheckOf: () => undefined,
  contentOf: (body) => generativeContent(body, 'input', { images: 'input_image', audio: 'input_audio' }),
  mayHedge: (body) => body.get('store') === false && body.get('background') !== true,
  needsOf: (body, { images, inputTokens }) => ({
    tools: isFilledList(body.get('tools')),
    images,
    jsonSchema: memberOf(memberOf(body.get('text'), 'format'), 'type') === 'json_schema',
    parameters: parametersOf(body, COMMON),
    inputTokens,
    outputTokens: Math.ceil(positiveNumberOf(body, 'max_output_tokens') ?? 0),
  }),
  hasWrongField: (body, paths) => hasWrongField(responsesFields(), body, paths),
  errorBody: openaiErrorBody,
  errorEvents: responsesErrorEvents,
} satisfies Operation);

/** Replaces a conversation by an opaque item that stands for it (https://platform.openai.com/docs/api-reference/responses/compact). */
export const responsesCompact = Object.freeze({
  ...responses,
  name: 'responses.compact',
  stream: undefined,
  optional: true,
  checkContent: () => undefined,
  mayHedge: () => false,
} satisfies Operation);

/** The input is a text or a list of items. Only a conversation or a prompt that the vendor keeps does without. */
function checkInput(body: RequestBody): void {
  const { document } = body;
  const input = body.nodeOf('input');
  if (input === undefined) {
    if (body.has('previous_response_id') || body.has('conversation') || body.has('prompt')) return;
    throw invalidField('input', 'is missing; send a text or a list of items');
  }
  const kind = document.kindOf(input);
  if (kind !== 'string' && kind !== 'array') throw invalidField('input', 'must be a text or a list of items');
  let items = 0;
  for (const item of document.itemsOf(input)) {
    if (document.kindOf(item) !== 'object') throw invalidField(`input.${items}`, 'must be an object');
    items++;
  }
  if (kind === 'array' && items < document.countOf(input)) throw invalidField('input', 'must hold nothing but objects');
}
