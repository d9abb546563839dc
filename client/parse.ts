import type { ChatCompletion, ChatInput } from '#contract';
import { SpillwayError } from './error.ts';
import type { CallOptions } from './procedures.ts';

/** A schema of any library that implements Standard Schema (https://standardschema.dev), as those of zod 4 do. */
export interface AnswerSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    /** Its JSON schema (Standard JSON Schema); without it the caller passes one. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => object } | undefined;
    readonly types?: { readonly output: Output } | undefined;
  };
}

type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of what a schema returns. */
export type ParsedBy<TSchema extends AnswerSchema> = NonNullable<TSchema['~standard']['types']>['output'];

/** A chat completion's input, with a schema in place of its `response_format`. */
export interface ParseInput<TSchema extends AnswerSchema = AnswerSchema> extends ChatInput {
  /** What the answer must match; it is not sent. */
  readonly schema: TSchema;
  /** What is sent in its place: the schema's own JSON schema unless given. */
  readonly jsonSchema?: object | undefined;
  /** The name of the schema for the provider; `answer` unless given. */
  readonly schemaName?: string | undefined;
  /** Sent beside the schema: whether the provider has to follow it exactly. OpenAI then accepts a part of JSON Schema only. */
  readonly strict?: boolean | undefined;
  readonly response_format?: undefined;
}

type Choice = ChatCompletion['choices'][number];

/** A chat completion with the parsed content of its messages. */
export interface ParsedCompletion<Output> extends Omit<ChatCompletion, 'choices'> {
  readonly choices: readonly (Omit<Choice, 'message'> & {
    readonly message: Choice['message'] & {
      /** What the schema returned for the content; null where the message is a refusal or calls tools. */
      readonly parsed: Output | null;
    };
  })[];
}

/**
 * Requests an answer that matches a schema. The gateway checks it and fails over (`validate`, which may be set or, by null, be switched off).
 * Then the schema itself parses it. Rejects as `create` does; with `no_valid_answer` also where the schema refuses what the gateway has let
 * pass, with the schema's issues as the cause: nothing is sent again. Rejects with a TypeError where the schema has no JSON schema and none
 * is given.
 */
export type Parse<Model extends string = string> = <TSchema extends AnswerSchema>(
  input: ParseInput<TSchema> & { readonly model?: Model | undefined },
  options?: CallOptions,
) => Promise<ParsedCompletion<ParsedBy<TSchema>>>;

/** The part of a client that `parse` calls. */
export type Create = (input: ChatInput<false>, options?: CallOptions) => Promise<ChatCompletion>;

/** Makes `parse` of a client. */
export function createParse(create: Create): Parse {
  return async ({ schema, jsonSchema, schemaName = 'answer', strict, ...input }, options) => {
    const json_schema = {
      name: schemaName,
      schema: jsonSchema ?? jsonSchemaOf(schema),
      ...(strict === undefined ? {} : { strict }),
    };
    const format = { response_format: { type: 'json_schema' as const, json_schema } };
    const completion = await create({ validate: {}, ...input, ...format }, options);
    const parsed = completion.choices.map(async (choice) => ({
      ...choice,
      message: { ...choice.message, parsed: await parsedOf(schema, choice.message) },
    }));
    return { ...completion, choices: await Promise.all(parsed) };
  };
}

function jsonSchemaOf(schema: AnswerSchema): object {
  const { jsonSchema } = schema['~standard'];
  if (jsonSchema === undefined)
    throw new TypeError('The schema cannot be written as JSON Schema by itself; pass that as `jsonSchema`.');
  // What the model writes is the schema's input.
  return jsonSchema.input({ target: 'draft-2020-12' });
}

async function parsedOf<TSchema extends AnswerSchema>(
  schema: TSchema,
  message: Choice['message'],
): Promise<ParsedBy<TSchema> | null> {
  const { content, refusal, tool_calls } = message;
  const calls = [tool_calls ?? [], Reflect.get(message, 'function_call') ?? []].flat();
  if ((refusal ?? '') !== '' || calls.length > 0) return null;
  const result = await schema['~standard'].validate(valueOf(content));
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const path = (issue?.path ?? []).map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join('');
  throw invalid(`${path}: ${issue?.message ?? 'it is invalid'}`, result.issues);
}

function valueOf(content: string | null): unknown {
  try {
    return JSON.parse(content ?? '');
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
}

function invalid(problem: string, cause: unknown): SpillwayError {
  const message = `The answer does not match the schema: ${problem.replace(/^: /, '')}`;
  return new SpillwayError({ code: 'no_valid_answer', message, cause });
}
