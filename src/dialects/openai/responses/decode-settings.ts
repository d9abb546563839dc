import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Extra, Loss, NeutralRequest, OutputFormat, Reasoning, Setting } from '../../neutral/request.ts';
import { decodeToolChoice } from './decode-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members that other APIs of the family have too, and what it means when they are not sent. */
const EXTRAS: Readonly<Record<string, Loss>> = {
  metadata: 'silent',
  safety_identifier: 'silent',
  service_tier: 'silent',
  prompt_cache_key: 'silent',
  prompt_cache_retention: 'silent',
  prompt_cache_options: 'silent',
  top_logprobs: 'reported',
};
/** Members that are read here or elsewhere, or that no answer shows. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(EXTRAS),
  ...'model input instructions stream stream_options tools tool_choice parallel_tool_calls max_output_tokens'.split(
    ' ',
  ),
  ...'temperature top_p reasoning text user store include truncation max_tool_calls background'.split(' '),
  ...'previous_response_id conversation prompt client_metadata'.split(' '),
]);
const LOGPROBS = 'message.output_text.logprobs';

/** The settings of a request, by the client's own names. The type of each is checked; a part of one that has another type counts as not sent. `isKept`: the gateway keeps the response. */
export function decodeSettings(body: Fields, isKept: boolean): Omit<NeutralRequest, 'turns' | 'tools' | 'stream'> {
  return {
    toolChoice: setting('tool_choice', decodeToolChoice(body['tool_choice'])),
    parallelToolCalls: setting('parallel_tool_calls', flagOf(body['parallel_tool_calls'])),
    maxOutputTokens: setting('max_output_tokens', numberOf(body['max_output_tokens'])),
    temperature: setting('temperature', numberOf(body['temperature'])),
    topP: setting('top_p', numberOf(body['top_p'])),
    reasoning: setting('reasoning', reasoningOf(body['reasoning'])),
    format: setting('text.format', formatOf(fieldsOf(body['text'])['format'])),
    verbosity: setting('text.verbosity', textOf(fieldsOf(body['text'])['verbosity'])),
    user: setting('user', textOf(body['user'])),
    extras: extrasOf(body),
    lost: lostIn(body, isKept),
  };
}

function setting<Value>(field: string, value: Value | undefined): Setting<Value> | undefined {
  return value === undefined ? undefined : { field, value };
}

function reasoningOf(value: unknown): Reasoning | undefined {
  const { effort, summary, generate_summary: older } = fieldsOf(value);
  const reasoning = { effort: textOf(effort), summary: textOf(summary) ?? textOf(older) };
  return reasoning.effort === undefined && reasoning.summary === undefined ? undefined : reasoning;
}

function formatOf(value: unknown): OutputFormat | undefined {
  const { type, name, description, schema, strict } = fieldsOf(value);
  if (type === 'json_object') return { kind: type };
  if (type !== 'json_schema' || !isRecord(schema)) return undefined;
  return {
    kind: type,
    name: textOf(name) ?? 'answer',
    ...(typeof description === 'string' ? { description } : {}),
    schema,
    strict: strict === true,
  };
}

function extrasOf(body: Fields): readonly Extra[] {
  return Object.entries(EXTRAS).flatMap(([field, loss]) => {
    const value = body[field];
    return value === undefined || value === null ? [] : [{ family: 'openai' as const, field, value, loss }];
  });
}

/** What no other API can carry. The gateway runs in the background by itself, and what is obfuscated shows in no answer. */
function lostIn(body: Fields, isKept: boolean): NeutralRequest['lost'] {
  const lost: { field: string; loss: Loss }[] = [];
  const { store, include, truncation, max_tool_calls: maxCalls } = body;
  if (store === true && !isKept) lost.push({ field: 'store', loss: 'reported' });
  if (truncation === 'auto') lost.push({ field: 'truncation', loss: 'reported' });
  if (maxCalls !== undefined && maxCalls !== null) lost.push({ field: 'max_tool_calls', loss: 'reported' });
  if (Array.isArray(include) && include.includes(LOGPROBS)) lost.push({ field: 'include', loss: 'unsuited' });
  for (const [field, value] of Object.entries(body))
    if (!KNOWN.has(field) && value !== null && value !== undefined) lost.push({ field, loss: 'reported' });
  return lost;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
