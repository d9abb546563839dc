import type { ChatInput, ChatMessage } from 'spillway/client';

/** What is being written. Texts as they are in their fields. */
export interface Draft {
  readonly system: string;
  readonly prompt: string;
  /** Whole number of tokens, or empty. */
  readonly maxTokens: string;
  /** A number, or empty. */
  readonly temperature: string;
  /** A JSON array of tools as in OpenAI's API, or empty. */
  readonly tools: string;
  /** A JSON schema of the answer, or empty. */
  readonly schema: string;
}

/** An empty prompt with a bound on its answer. */
export const NEW_DRAFT: Draft = Object.freeze({
  system: '',
  prompt: '',
  maxTokens: '256',
  temperature: '',
  tools: '',
  schema: '',
});

/** A request without its model, or what is wrong with the fields. */
export type ReadDraft =
  | { readonly input: ChatInput; readonly problems: undefined }
  | { readonly input: undefined; readonly problems: Readonly<Partial<Record<keyof Draft, string>>> };

/** Makes the request of a draft. An empty prompt is no problem that is worth words: it has an empty one. */
export function readDraft(draft: Draft): ReadDraft {
  const { system, prompt } = draft;
  const maxTokens = readNumber(draft.maxTokens);
  const temperature = readNumber(draft.temperature);
  const tools = readJson(draft.tools);
  const schema = readJson(draft.schema);
  const problems: Partial<Record<keyof Draft, string>> = {};
  if (prompt.trim() === '') problems.prompt = '';
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens > 0))
    problems.maxTokens = 'A whole number above 0.';
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2))
    problems.temperature = 'A number from 0 to 2.';
  if (tools.problem !== undefined) problems.tools = tools.problem;
  else if (tools.value !== undefined && !Array.isArray(tools.value)) problems.tools = 'A JSON array of tools.';
  if (schema.problem !== undefined) problems.schema = schema.problem;
  else if (schema.value !== undefined && !isObject(schema.value)) problems.schema = 'A JSON schema is an object.';
  if (Object.keys(problems).length > 0) return { input: undefined, problems };
  const messages: ChatMessage[] = [{ role: 'user', content: prompt }];
  if (system.trim() !== '') messages.unshift({ role: 'system', content: system });
  const fields: Readonly<Record<string, unknown>> = {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tools.value === undefined ? {} : { tools: tools.value }),
    ...(schema.value === undefined
      ? {}
      : {
          response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: schema.value } },
        }),
  };
  return { input: { messages, ...fields }, problems: undefined };
}

function readNumber(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}

function readJson(text: string): { readonly value?: unknown; readonly problem?: string } {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    return { problem: error instanceof Error ? `Not JSON: ${error.message}` : 'Not JSON.' };
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
