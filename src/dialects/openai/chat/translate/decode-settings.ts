import { invalidField } from '../../../../operations/generated-answer.ts';
import { isRecord } from '../../../../lib/record.ts';
import type { Extra, Loss, NeutralRequest, OutputFormat, Reasoning, Setting } from '../../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The settings that chat completions share with the older completions. */
export type SamplingSettings = Pick<
  NeutralRequest,
  'temperature' | 'topP' | 'topK' | 'stop' | 'seed' | 'presencePenalty' | 'frequencyPenalty' | 'user'
>;

/** The settings of sampling in a body's fields. Throws `invalid_request` for a value of another type. */
export function samplingOf(fields: Fields): SamplingSettings {
  return {
    temperature: numberOf(fields, 'temperature'),
    topP: numberOf(fields, 'top_p'),
    topK: numberOf(fields, 'top_k'),
    stop: stopOf(fields),
    seed: numberOf(fields, 'seed'),
    presencePenalty: numberOf(fields, 'presence_penalty'),
    frequencyPenalty: numberOf(fields, 'frequency_penalty'),
    user: textOf(fields, 'user'),
  };
}

/** A number; undefined where the field is absent or null. */
export function numberOf(fields: Fields, field: string): Setting<number> | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw invalidField(field, 'must be a number');
  return { field, value };
}

/** A text; undefined where the field is absent or null. */
export function textOf(fields: Fields, field: string): Setting<string> | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidField(field, 'must be a string');
  return { field, value };
}

/** A switch; undefined where the field is absent or null. */
export function flagOf(fields: Fields, field: string): Setting<boolean> | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw invalidField(field, 'must be true or false');
  return { field, value };
}

function stopOf(fields: Fields): Setting<readonly string[]> | undefined {
  const value = fields['stop'] ?? undefined;
  if (value === undefined) return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((each) => typeof each === 'string');
  if (texts.length < list.length) throw invalidField('stop', 'must be a string or a list of strings');
  return texts.length === 0 ? undefined : { field: 'stop', value: texts };
}

/** How much the model reasons: OpenAI's effort, else OpenRouter's `reasoning`, else the `thinking` of DeepSeek and others. */
export function reasoningOf(fields: Fields): Setting<Reasoning> | undefined {
  const effort = textOf(fields, 'reasoning_effort');
  if (effort !== undefined)
    return { field: effort.field, value: effort.value === 'none' ? { disabled: true } : { effort: effort.value } };
  const { reasoning, thinking } = fields;
  if (isRecord(reasoning)) return { field: 'reasoning', value: reasoningIn(reasoning) };
  if (!isRecord(thinking)) return undefined;
  if (thinking['type'] === 'disabled') return { field: 'thinking', value: { disabled: true } };
  return { field: 'thinking', value: budgetOf(thinking['budget_tokens']) ?? { adaptive: true } };
}

function reasoningIn({ effort, max_tokens: budget, enabled }: Fields): Reasoning {
  if (effort === 'none' || enabled === false) return { disabled: true };
  return typeof effort === 'string' ? { effort } : (budgetOf(budget) ?? { adaptive: true });
}

function budgetOf(tokens: unknown): Reasoning | undefined {
  return typeof tokens === 'number' ? { budgetTokens: tokens } : undefined;
}

/** The form of the answer's text; undefined for plain text, and for a form that no other API has. */
export function formatOf(fields: Fields): Setting<OutputFormat> | undefined {
  const field = 'response_format';
  const { response_format: format } = fields;
  if (!isRecord(format)) return undefined;
  if (format['type'] === 'json_object') return { field, value: { kind: 'json_object' } };
  const given = format['json_schema'];
  if (format['type'] !== 'json_schema') return undefined;
  if (!isRecord(given)) throw invalidField('response_format.json_schema', 'must be an object');
  const { name, description, schema, strict } = given;
  return {
    field,
    value: {
      kind: 'json_schema',
      name: typeof name === 'string' && name !== '' ? name : 'answer',
      description: typeof description === 'string' ? description : undefined,
      schema: isRecord(schema) ? schema : {},
      strict: strict === true,
    },
  };
}

/** Fields that OpenAI's APIs share, by what their loss means. */
const EXTRAS: Readonly<Record<string, Loss>> = {
  service_tier: 'silent',
  prompt_cache_key: 'silent',
  prompt_cache_retention: 'silent',
  prompt_cache_options: 'silent',
  safety_identifier: 'silent',
  metadata: 'silent',
  logit_bias: 'reported',
  logprobs: 'reported',
  top_logprobs: 'reported',
  prediction: 'reported',
  web_search_options: 'reported',
  store: 'reported',
};

/** The members of a request for OpenAI's APIs alone. */
export function extrasOf(fields: Fields): readonly Extra[] {
  const extras: Extra[] = [];
  for (const [field, loss] of Object.entries(EXTRAS)) {
    const value = fields[field] ?? undefined;
    // A switch that is off asks for nothing.
    if (value !== undefined && value !== false) extras.push({ family: 'openai', field, loss, value });
  }
  return extras;
}

/** Fields that are read elsewhere, are the gateway's own, or ask for what every answer has. */
const READ: ReadonlySet<string> = new Set([
  ...Object.keys(EXTRAS),
  ...'model models messages stream stream_options validate tools functions n user'.split(' '),
  ...'tool_choice function_call parallel_tool_calls max_completion_tokens max_tokens modalities'.split(' '),
  ...'temperature top_p top_k stop seed presence_penalty frequency_penalty verbosity'.split(' '),
  ...'reasoning_effort reasoning thinking response_format'.split(' '),
]);

/** What no other API can carry. A field that the API does not have is some provider's own. */
export function lostOf(fields: Fields): NeutralRequest['lost'] {
  const lost: { field: string; loss: Loss }[] = [];
  const { n, modalities, response_format: format } = fields;
  if (typeof n === 'number' && n > 1) lost.push({ field: 'n', loss: 'unsuited' });
  if (Array.isArray(modalities) && modalities.some((each) => each !== 'text'))
    lost.push({ field: 'modalities', loss: 'unsuited' });
  if (isRecord(format) && !FORMATS.has(format['type'])) lost.push({ field: 'response_format', loss: 'reported' });
  for (const [field, value] of Object.entries(fields))
    if (!READ.has(field) && value !== null && value !== undefined) lost.push({ field, loss: 'reported' });
  return lost;
}

const FORMATS: ReadonlySet<unknown> = new Set(['text', 'json_object', 'json_schema']);
