import type { Operation } from '../domain/operation.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';
import { anthropicErrorBody, anthropicErrorEvent } from './anthropic-error-body.ts';
import { checkTurns, generativeContent, invalidField, isFilledList } from './generated-answer.ts';
import { messagesFields } from './messages-fields.ts';
import { parametersOf, positiveNumberOf } from './parameters.ts';
import { hasWrongField } from './wrong-field.ts';

const SINGLE: readonly string[] = Object.freeze(['model', 'stream', 'max_tokens', 'messages', 'system', 'tools']);
/** Not `stream`: a server may lack it. */
const COMMON: ReadonlySet<string> = new Set(['model', 'max_tokens', 'messages', 'system']);

/** Anthropic's Messages API (https://platform.claude.com/docs/en/api/messages). */
export const messages = Object.freeze({
  name: 'messages',
  singleFields: SINGLE,
  modelsField: undefined,
  ownFields: Object.freeze([]),
  commonFields: COMMON,
  contentFields: new Set(['messages', 'system']),
  forwardedHeaders: Object.freeze(['anthropic-version', 'anthropic-beta']),
  sameModelOnly: false,
  stream: Object.freeze({ events: 'named', end: '', keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n' }),
  manyNumbers: false,
  hasField: (name) => SINGLE.includes(name) || Object.hasOwn(messagesFields(), name),
  checkContent(body) {
    checkInput(body);
    checkMaxTokens(body);
  },
  answerCheckOf: () => undefined,
  contentOf: (body) => generativeContent(body, 'messages', { images: 'image' }),
  mayHedge: (body) => !body.has('container') && !body.has('mcp_servers'),
  needsOf: (body, { images, inputTokens }) => ({
    tools: isFilledList(body.get('tools')),
    images,
    jsonSchema: memberOf(memberOf(body.get('output_config'), 'format'), 'type') === 'json_schema',
    parameters: parametersOf(body, COMMON),
    inputTokens,
    outputTokens: outputTokensOf(body),
  }),
  hasWrongField: (body, paths) => hasWrongField(messagesFields(), body, paths),
  errorBody: anthropicErrorBody,
  errorEvents: anthropicErrorEvent,
  // Anthropic's SDKs read it into `_request_id`.
  idHeader: 'request-id',
} satisfies Operation);

/** The number of tokens that a Messages request would have as input. Nothing is generated. */
export const messagesCountTokens = Object.freeze({
  ...messages,
  name: 'messages.count_tokens',
  stream: undefined,
  optional: true,
  free: true,
  checkContent: checkInput,
  mayHedge: () => false,
  needsOf: (body, content) => ({ ...messages.needsOf(body, content), outputTokens: 0 }),
} satisfies Operation);

/** What may be large, and what all providers require of it. */
function checkInput(body: RequestBody): void {
  checkTurns(body, 'messages');
  checkKind(body, 'system', ['string', 'array']);
  checkKind(body, 'tools', ['array']);
}

function checkKind(body: RequestBody, field: string, kinds: readonly string[]): void {
  const node = body.nodeOf(field);
  if (node !== undefined && kinds.includes(body.document.kindOf(node))) return;
  if ((body.get(field) ?? null) !== null)
    throw invalidField(field, kinds.length > 1 ? 'must be a string or a list of blocks' : 'must be a list');
}

/** The API has no default for the longest answer. */
function checkMaxTokens(body: RequestBody): void {
  const tokens = body.get('max_tokens');
  if (Number.isInteger(tokens) && Number(tokens) >= 0) return;
  throw invalidField(
    'max_tokens',
    tokens === undefined ? 'is missing; send a number of tokens' : 'must be a whole number',
  );
}

function outputTokensOf(body: RequestBody): number {
  return Math.ceil(positiveNumberOf(body, 'max_tokens') ?? 0);
}
