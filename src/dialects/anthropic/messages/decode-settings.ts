import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Extra, Loss, NeutralRequest, OutputFormat, Reasoning, Setting } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;
type Settings = Partial<
  Pick<NeutralRequest, 'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'stop' | 'reasoning' | 'format' | 'user'>
>;

/** Reads the settings that other APIs have too. */
export function decodeSettings(body: Fields): Settings {
  const config = fieldsOf(body['output_config']);
  return {
    maxOutputTokens: numberAt(body, 'max_tokens'),
    temperature: numberAt(body, 'temperature'),
    topP: numberAt(body, 'top_p'),
    topK: numberAt(body, 'top_k'),
    stop: stopOf(body['stop_sequences']),
    reasoning: reasoningOf(fieldsOf(body['thinking']), config['effort']),
    format: formatOf('output_config.format', config['format']) ?? formatOf('output_format', body['output_format']),
    user: userOf(fieldsOf(body['metadata'])['user_id']),
  };
}

function numberAt(body: Fields, field: string): Setting<number> | undefined {
  const value = body[field];
  return typeof value === 'number' ? { field, value } : undefined;
}

function stopOf(value: unknown): Setting<readonly string[]> | undefined {
  const texts = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  return texts.length === 0 ? undefined : { field: 'stop_sequences', value: texts };
}

function userOf(id: unknown): Setting<string> | undefined {
  return typeof id === 'string' && id !== '' ? { field: 'metadata', value: id } : undefined;
}

function reasoningOf(
  { type, budget_tokens: budget, display }: Fields,
  effort: unknown,
): Setting<Reasoning> | undefined {
  const word = typeof effort === 'string' ? effort : undefined;
  const field = word === undefined ? 'thinking' : 'output_config.effort';
  if (type === 'disabled') return { field, value: { effort: word, disabled: true } };
  const summary = display === 'omitted' ? undefined : 'auto';
  if (type === 'enabled')
    return {
      field,
      value: { effort: word, budgetTokens: typeof budget === 'number' ? budget : undefined, summary },
    };
  // `adaptive`, and what the API adds beside it.
  if (typeof type === 'string') return { field, value: { effort: word, adaptive: true, summary } };
  return word === undefined ? undefined : { field, value: { effort: word } };
}

function formatOf(field: string, value: unknown): Setting<OutputFormat> | undefined {
  const { type, schema } = fieldsOf(value);
  if (type !== 'json_schema' || !isRecord(schema)) return undefined;
  return { field, value: { kind: 'json_schema', name: 'answer', schema, strict: true } };
}

/** Fields that have a place of their own in the neutral request. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
]);
/** What the loss of a field means; `reported` for all others. */
const LOSSES: Readonly<Record<string, Loss>> = Object.freeze({
  service_tier: 'silent',
  inference_geo: 'silent',
  diagnostics: 'silent',
  cache_control: 'silent',
  anthropic_version: 'silent',
  anthropic_beta: 'silent',
  mcp_servers: 'unsuited',
  // The conversation is at Anthropic, and `messages` holds only its newest part.
  thread: 'unsuited',
});

/** Reads the fields that only Anthropic's APIs have. */
export function decodeExtras(body: Fields): readonly Extra[] {
  return Object.entries(body)
    .filter(([field, value]) => !READ.has(field) && value !== null && !isEmptyList(value))
    .map(([field, value]) => ({ family: 'anthropic', field, value, loss: lossOf(field, value) }));
}

function lossOf(field: string, value: unknown): Loss {
  if (field === 'speed' && value === 'standard') return 'silent';
  return Object.hasOwn(LOSSES, field) ? (LOSSES[field] ?? 'reported') : 'reported';
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
