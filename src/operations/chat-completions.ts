import type { Content } from '../domain/needs.ts';
import type { Operation } from '../domain/operation.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';
import { chatAnswerCheck, VALIDATE } from './chat-answer-check.ts';
import { chatFields } from './chat-fields.ts';
import { checkTurns, isFilledList } from './generated-answer.ts';
import { tokensOf, typeOf } from './estimate-usage.ts';
import { openaiErrorBody, openaiErrorEvent } from './openai-error-body.ts';
import { hasWrongField } from './wrong-field.ts';
import { parametersOf, positiveNumberOf } from './parameters.ts';

const SINGLE: readonly string[] = Object.freeze(['model', 'models', 'messages', 'stream', 'stream_options', VALIDATE]);
const COMMON: ReadonlySet<string> = new Set(['model', 'messages', 'stream']);

/** OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat). */
export const chatCompletions = Object.freeze({
  name: 'chat.completions',
  singleFields: SINGLE,
  modelsField: 'models',
  ownFields: Object.freeze([VALIDATE]),
  commonFields: COMMON,
  contentFields: new Set(['messages']),
  forwardedHeaders: Object.freeze([]),
  sameModelOnly: false,
  stream: Object.freeze({ events: 'bare', end: 'data: [DONE]\n\n' }),
  manyNumbers: false,
  hasField: (name) => SINGLE.includes(name) || Object.hasOwn(chatFields(), name),
  checkContent: (body) => checkTurns(body, 'messages'),
  answerCheckOf: chatAnswerCheck,
  contentOf: (body) => ({
    ...mediaOf(body),
    inputTokens: tokensOf(body.document, body.document.root),
    inputs: 1,
  }),
  mayHedge: (body) =>
    body.get('store') !== true &&
    body.get('background') !== true &&
    (positiveNumberOf(body, 'n') ?? 1) <= 1 &&
    isTextOnly(body.get('modalities')),
  needsOf: (body, { images, inputTokens }) => ({
    tools: isFilledList(body.get('tools')),
    images,
    jsonSchema: memberOf(body.get('response_format'), 'type') === 'json_schema',
    parameters: parametersOf(body, COMMON),
    inputTokens,
    outputTokens: outputTokensOf(body),
  }),
  hasWrongField: (body, paths) => hasWrongField(chatFields(), body, paths),
  errorBody: openaiErrorBody,
  errorEvents: openaiErrorEvent,
} satisfies Operation);

/** The media that the parts of its messages are, and audio that it asks for. */
function mediaOf(body: RequestBody): Pick<Content, 'images' | 'audio'> {
  const { document } = body;
  const messages = body.nodeOf('messages');
  let images = false;
  let audio = body.nodeOf('audio') !== undefined;
  if (messages === undefined) return { images, audio };
  for (const message of document.itemsOf(messages)) {
    const content = document.memberOf(message, 'content');
    if (content === undefined) continue;
    for (const part of document.itemsOf(content)) {
      const type = typeOf(document, part);
      images ||= type === 'image_url';
      audio ||= type === 'input_audio';
    }
  }
  return { images, audio };
}

/** Whether the requested modalities of the answer are none but text; without a list they are. */
function isTextOnly(modalities: unknown): boolean {
  return !Array.isArray(modalities) || modalities.every((each) => each === 'text');
}

/** The bound on one choice times the number of choices. */
function outputTokensOf(body: RequestBody): number {
  const each = positiveNumberOf(body, 'max_completion_tokens') ?? positiveNumberOf(body, 'max_tokens') ?? 0;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(each) * Math.ceil(positiveNumberOf(body, 'n') ?? 1));
}
