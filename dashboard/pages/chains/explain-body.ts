import type { ExplainInput, OperationName } from 'spillway/client';

/** What a request may be. */
export const OPERATIONS = [
  'chat.completions',
  'completions',
  'responses',
  'responses.compact',
  'messages',
  'messages.count_tokens',
  'embeddings',
] as const satisfies readonly OperationName[];

/** A request to explain, as it was typed. */
export interface ExplainDraft {
  readonly model: string;
  readonly operation: OperationName;
  /** Which of the two counts. */
  readonly form: 'prompt' | 'body';
  readonly prompt: string;
  /** The whole body in JSON. */
  readonly body: string;
}

/** The input of `chains.explain`, or what is wrong with the body. */
export type ExplainBody = { readonly input: ExplainInput } | { readonly problem: string };

/** Makes the input. A model that was typed overrules the one in the body. */
export function explainBody({ model, operation, form, prompt, body: text }: ExplainDraft): ExplainBody {
  const named = model.trim() === '' ? {} : { model: model.trim() };
  if (form === 'prompt') return { input: { ...promptBody(operation, prompt), ...named, operation } };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { problem: 'The body must be a JSON object.' };
  return { input: { ...body, ...named, operation } };
}

function promptBody(operation: OperationName, text: string): Readonly<Record<string, unknown>> {
  switch (operation) {
    case 'chat.completions':
    case 'messages':
    case 'messages.count_tokens':
      return { messages: [{ role: 'user', content: text }] };
    case 'completions':
      return { prompt: text };
    case 'responses':
    case 'responses.compact':
    case 'embeddings':
      return { input: text };
  }
}

/** An error of the gateway, as far as it belongs to a field. */
export interface FieldError {
  readonly code: string | null;
  readonly param: string | null;
  readonly message: string;
}

/** The field that an error is about; undefined where it is about none, and stands below the form. */
export function fieldOf({ code, param }: Pick<FieldError, 'code' | 'param'>): 'model' | 'text' | undefined {
  if (param === 'model' || code === 'model_not_found' || code === 'missing_model') return 'model';
  return param !== null || code === 'invalid_request' || code === 'invalid_json' ? 'text' : undefined;
}

/** The draft in another form. A body that was not typed is made of the prompt. */
export function inForm(draft: ExplainDraft, form: ExplainDraft['form']): ExplainDraft {
  const made = JSON.stringify(promptBody(draft.operation, draft.prompt), null, 2);
  if (form === 'body') return { ...draft, form, body: draft.body === '' ? made : draft.body };
  return { ...draft, form, body: draft.body === made ? '' : draft.body };
}
