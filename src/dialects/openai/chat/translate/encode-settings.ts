import type { ProviderRequest } from '../../../neutral/api.ts';
import { effortOfBudget } from '../../../neutral/effort-of-budget.ts';
import type { OutputFormat, Reasoning, Setting } from '../../../neutral/request.ts';

/** Members of a body, and those among them that a retry may omit. */
export interface EncodedSettings {
  readonly members: Readonly<Record<string, unknown>>;
  readonly optional: readonly string[];
}

const MAX_STOPS = 4;
/** Presets of servers that know `top_k`. */
const KNOWS_TOP_K: ReadonlySet<string | undefined> = new Set(
  'openrouter together fireworks sambanova huggingface nvidia ollama lmstudio llamacpp vllm sglang'.split(' '),
);
/** Members that OpenAI's other APIs share with chat completions. */
const SHARED: ReadonlySet<string> = new Set([
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'logit_bias',
]);

/** The settings of a request as members of a body. */
export function encodeSettings(context: ProviderRequest): EncodedSettings {
  const settings = new Settings(context);
  const { request, target, losses } = context;
  const { stop, topK } = request;
  settings.set('max_completion_tokens', request.maxOutputTokens);
  settings.set('temperature', request.temperature);
  settings.set('top_p', request.topP);
  if (KNOWS_TOP_K.has(target.preset)) settings.set('top_k', topK);
  else losses.report(topK);
  if (stop !== undefined && stop.value.length > MAX_STOPS) losses.report(stop);
  settings.set('stop', stop && { ...stop, value: stop.value.slice(0, MAX_STOPS) });
  settings.set('seed', request.seed);
  settings.set('presence_penalty', request.presencePenalty);
  settings.set('frequency_penalty', request.frequencyPenalty);
  settings.set('response_format', request.format && { ...request.format, value: formatOf(request.format.value) });
  settings.set('user', request.user);
  settings.setOptional('reasoning_effort', request.reasoning && effortOf(request.reasoning));
  settings.setOptional('verbosity', request.verbosity);
  for (const extra of request.extras)
    if (extra.family === 'openai' && SHARED.has(extra.field)) settings.setOptional(extra.field, extra);
    else losses.add(extra.field, extra.loss);
  return settings;
}

class Settings implements EncodedSettings {
  readonly #context: ProviderRequest;
  readonly members: Record<string, unknown> = {};
  readonly optional: string[] = [];

  constructor(context: ProviderRequest) {
    this.#context = context;
  }

  /** Sets a member, unless the server refuses it. */
  set(name: string, setting: Setting<unknown> | undefined): void {
    if (setting === undefined) return;
    if (this.#context.target.quirks.rejects.includes(name)) this.#lose(setting);
    else this.members[name] = setting.value;
  }

  /** Sets a member that the entry may turn out not to know. */
  setOptional(name: string, setting: Setting<unknown> | undefined): void {
    if (setting === undefined) return;
    if (this.#context.options.without.has(name)) return this.#lose(setting);
    this.set(name, setting);
    if (Object.hasOwn(this.members, name)) this.optional.push(name);
  }

  #lose(setting: Setting<unknown>): void {
    const loss = this.#context.request.extras.find((extra) => extra === setting)?.loss;
    this.#context.losses.add(setting.field, loss ?? 'reported');
  }
}

/** The effort as a setting; undefined where the model decides. */
function effortOf({ field, value }: Setting<Reasoning>): Setting<string> | undefined {
  const word = wordOf(value);
  return word === undefined ? undefined : { field, value: word };
}

/** The effort in a word that the API has. */
function wordOf({ effort, budgetTokens, disabled }: Reasoning): string | undefined {
  if (effort !== undefined) return effort === 'max' ? 'xhigh' : effort;
  if (disabled === true) return 'none';
  return budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens);
}

function formatOf(format: OutputFormat): object {
  if (format.kind === 'json_object') return { type: 'json_object' };
  const { name, description, strict, schema } = format;
  return { type: 'json_schema', json_schema: { name, description, strict, schema } };
}
