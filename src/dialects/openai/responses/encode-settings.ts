import type { ProviderRequest } from '../../neutral/api.ts';
import { effortOfBudget } from '../../neutral/effort-of-budget.ts';
import type { NeutralRequest, OutputFormat, Reasoning } from '../../neutral/request.ts';

/** Members of the family that this API has. */
const EXTRAS: ReadonlySet<string> = new Set([
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'safety_identifier',
  'metadata',
  'store',
  'truncation',
]);
/** The API accepts no smaller limit. */
const FEWEST_OUTPUT_TOKENS = 16;

/** The parameter of the request for a summary, which some organizations may not send. */
export const SUMMARY = 'reasoning.summary';

/** Encodes all but the conversation and the tools. Members that are undefined are not sent. */
export function encodeSettings({
  request,
  options,
  losses,
}: Pick<ProviderRequest, 'request' | 'options' | 'losses'>): Record<string, unknown> {
  const { topK, stop, seed, presencePenalty, frequencyPenalty } = request;
  for (const each of [topK, stop, seed, presencePenalty, frequencyPenalty]) losses.report(each);
  const extras: Record<string, unknown> = {};
  for (const { family, field, value, loss } of request.extras)
    if (family === 'openai' && EXTRAS.has(field)) extras[field] = value;
    else losses.add(field, loss);
  return {
    store: false,
    ...extras,
    ...(request.tools.length > 0 ? { parallel_tool_calls: request.parallelToolCalls?.value } : {}),
    max_output_tokens: outputTokens(request),
    temperature: request.temperature?.value,
    top_p: request.topP?.value,
    reasoning: reasoningOf(request.reasoning?.value, options.without.has(SUMMARY)),
    text: textOf(request),
    user: request.user?.value,
  };
}

function outputTokens({ maxOutputTokens }: NeutralRequest): number | undefined {
  return maxOutputTokens && Math.max(FEWEST_OUTPUT_TOKENS, maxOutputTokens.value);
}

function reasoningOf(reasoning: Reasoning | undefined, withoutSummary: boolean): object | undefined {
  if (reasoning === undefined) return undefined;
  const effort = effortOf(reasoning);
  const summary = withoutSummary ? undefined : reasoning.summary;
  return effort === undefined && summary === undefined ? undefined : { effort, summary };
}

function effortOf({ effort, budgetTokens, disabled }: Reasoning): string | undefined {
  if (disabled === true) return 'none';
  return effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
}

function textOf({ format, verbosity }: NeutralRequest): object | undefined {
  if (format === undefined && verbosity === undefined) return undefined;
  return { format: format && formatOf(format.value), verbosity: verbosity?.value };
}

function formatOf(format: OutputFormat): object {
  if (format.kind === 'json_object') return { type: format.kind };
  const { kind: type, name, description, schema, strict } = format;
  return { type, name, description, schema, strict };
}
