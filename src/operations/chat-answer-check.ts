import type { AnswerCheck } from '../domain/answer-check.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { compileSchema } from '../lib/json-schema/compile.ts';
import type { SchemaNode } from '../lib/json-schema/schema-node.ts';
import { validateSteps } from '../lib/json-schema/validate.ts';
import { parseJsonSteps } from '../lib/json-steps.ts';
import { fieldsOf, memberOf } from '../lib/record.ts';
import type { Steps } from '../lib/steps.ts';

/** The member of a body that requests the check. */
export const VALIDATE = 'validate';
/** Further entries that are tried unless the request says otherwise. */
const ATTEMPTS = 2;
/** Most further entries that a request may want. */
export const MOST_ATTEMPTS = 10;
/** Largest `response_format` of a checked request, in bytes: all of it is parsed. */
const MAX_FORMAT_BYTES = 64 * 1024;
/** Longest text that is checked, in characters: several times what any model writes. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * The check that a chat completion's body requests by `validate`: the text of every choice is JSON that matches the schema of its
 * `response_format`. A refusal and tool calls are answers of another kind, and pass. Undefined without `validate`. Throws `invalid_request`
 * where there is no schema, or one that cannot be enforced.
 */
export function chatAnswerCheck(body: RequestBody): AnswerCheck | undefined {
  if (!body.has(VALIDATE)) return undefined;
  const attempts = memberOf(body.get(VALIDATE), 'attempts') ?? ATTEMPTS;
  if (!isCount(attempts)) throw invalid('validate.attempts', `must be a whole number from 0 to ${MOST_ATTEMPTS}`);
  const schema = schemaOf(body);
  return { attempts, problemOf: (answer) => problemOf(schema, answer) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_ATTEMPTS;
}

function schemaOf(body: RequestBody): SchemaNode {
  if ((body.jsonOf('response_format')?.length ?? 0) > MAX_FORMAT_BYTES)
    throw invalid(
      'response_format',
      `is larger than ${MAX_FORMAT_BYTES / 1024} KB, the most that \`validate\` can check`,
    );
  const format = body.get('response_format');
  if (memberOf(format, 'type') !== 'json_schema')
    throw invalid('response_format', '`validate` needs one of the type json_schema');
  const described = memberOf(format, 'json_schema');
  if (typeof memberOf(described, 'name') !== 'string')
    throw invalid('response_format.json_schema.name', 'is missing; `validate` needs a schema with a name');
  const schema = memberOf(described, 'schema');
  if (schema === undefined) throw invalid('response_format.json_schema.schema', 'is missing; `validate` needs it');
  const compiled = compileSchema(schema);
  if (compiled.ok) return compiled.schema;
  throw invalid('response_format.json_schema.schema', `cannot be enforced: ${compiled.problem}`);
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}`, param });
}

function* problemOf(schema: SchemaNode, answer: object): Steps<string | undefined> {
  const choices = memberOf(answer, 'choices');
  for (const [index, choice] of (Array.isArray(choices) ? choices : []).entries()) {
    const problem = yield* problemOfChoice(schema, fieldsOf(choice));
    if (problem !== undefined) return `choices[${index}].message.content: ${problem}`;
  }
  return undefined;
}

/** Finish reasons of a text that was cut. */
const CUT: ReadonlySet<unknown> = new Set(['length', 'content_filter']);

function* problemOfChoice(
  schema: SchemaNode,
  { message, finish_reason: reason }: Readonly<Record<string, unknown>>,
): Steps<string | undefined> {
  const fields = fieldsOf(message);
  if (isOfAnotherKind(fields)) return undefined;
  const text = textOf(fields['content']);
  if (text.length > MAX_TEXT) return 'is too large to be checked';
  const value = yield* parseJsonSteps(Buffer.from(text));
  // A text that ends with a bracket is whole, and a number may be the beginning of a longer one.
  const isCut = CUT.has(reason) && typeof value !== 'object';
  if (value === undefined || isCut) return CUT.has(reason) ? 'was cut before it was whole JSON' : 'is not JSON';
  return yield* validateSteps(schema, value);
}

/** Whether a message is a refusal or calls tools, in place of an answer in JSON. */
function isOfAnotherKind({
  refusal,
  tool_calls: calls,
  function_call: call,
}: Readonly<Record<string, unknown>>): boolean {
  const refuses = typeof refusal === 'string' && refusal !== '';
  return refuses || (Array.isArray(calls) && calls.length > 0) || (call !== undefined && call !== null);
}

/** The text of a message, which some providers send in parts. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content
    .map((part) => memberOf(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('');
}
