import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { NO_QUIRKS, type Preset } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import type { Target } from '../domain/chain.ts';
import { type LimitRules, type Limits, PLAIN_RULES } from '../domain/limits.ts';
import type { RefusalRule } from '../domain/reading.ts';
import type { targetLimits } from './allowances.ts';
import { endpointOf } from './endpoint.ts';
import type { Pair } from './pair.ts';
import { parameterRules, type ParametersInput } from './parameters.ts';
import type { Config } from './schema.ts';
import type { Secret } from './secret.ts';

/** What `toTargets` knows of the model. */
export interface ModelTraits {
  /** Whether it is a reasoning model, for which presets have further quirks. */
  readonly reasoning: boolean;
  /** The parameters of the entry. */
  readonly parameters: ParametersInput | undefined;
}

/** The targets of a provider's model: one for each key of the provider. Pure. */
export function toTargets(
  config: Config,
  { provider: name, model }: Pair,
  { reasoning, parameters: own }: ModelTraits,
): [Target, ...Target[]] {
  const provider = config.providers[name];
  const preset = presetOf(config, name);
  const quirks = (reasoning ? preset?.reasoningQuirks : preset?.quirks) ?? NO_QUIRKS;
  const rules = preset?.limitRules ?? PLAIN_RULES;
  const baseUrl = provider?.baseUrl ?? '';
  const headers = headersOf(provider?.headers);
  const {
    limits,
    price,
    parameters: shared,
    ...capabilities
  } = ownOf(provider?.models, model) ?? ownOf(provider?.models, '*') ?? {};
  const parameters = parameterRules(shared, own, quirks);
  // The operator knows that the server accepts the field.
  const isGiven = (field: string): boolean =>
    parameters !== undefined && (parameters.defaults.has(field) || (parameters.set.get(field) ?? null) !== null);
  const dialect = provider?.dialect ?? preset?.dialect ?? 'openai';
  const common = {
    provider: name,
    preset: provider?.preset,
    model,
    dialect,
    baseUrl,
    server: `${baseUrl} ${model}`,
    limits: limitsOf({ ...provider?.limits, ...limits }),
    rules,
    capabilities: Object.freeze(capabilities),
    price,
    keyHeader: preset?.keyHeader ?? (dialect === 'anthropic' ? 'x-api-key' : 'authorization'),
    headers,
    endpoint: endpointOf(provider ?? {}),
    refusals: rulesOf(provider?.refusals),
    quirks: Object.freeze({
      ...quirks,
      rejects: quirks.rejects.filter((field) => !isGiven(field)),
      streamOptions: provider?.streamOptions ?? quirks.streamOptions,
      mendToolCalls: provider?.mendToolCalls ?? quirks.mendToolCalls,
      normalize: provider?.normalize ?? quirks.normalize,
      emptyAnswer: provider?.emptyAnswer ?? quirks.emptyAnswer,
      finishReason: provider?.finishReason ?? quirks.finishReason,
    }),
    parameters,
    trace: provider?.trace ?? false,
  } as const;
  const toTarget = (apiKey: string | undefined, keyNumber: number | undefined): Target => {
    const account = createHash('sha256')
      // Headers may name an organisation or a project, which the provider counts separately.
      .update(`${baseUrl}\n${apiKey ?? ''}\n${JSON.stringify(headers)}`)
      .digest('hex')
      .slice(0, 32);
    const counterKey = `${account}/${groupOf(rules, model)}`;
    return Object.freeze({ ...common, apiKey, keyNumber, account, counterKey, modelKey: `${account}/${model}` });
  };
  const [first, ...more] = provider?.apiKeys ?? [];
  if (first === undefined) return [toTarget(keyOf(provider?.apiKey), undefined)];
  return [toTarget(keyOf(first), 1), ...more.map((key, index) => toTarget(keyOf(key), index + 2))];
}

/** The preset of a configured provider; undefined without one. */
export function presetOf(config: Config, provider: string): Preset | undefined {
  const name = config.providers[provider]?.preset;
  return name === undefined ? undefined : PRESETS[name];
}

/** An API key in plain; undefined for `none`, the keyword for a server without keys. */
export function keyOf(secret: Secret | undefined): string | undefined {
  const key = secret?.reveal();
  return key === 'none' ? undefined : key;
}

/** The headers of a provider with their values in plain. */
export function headersOf(headers: Config['providers'][string]['headers']): Readonly<Record<string, string>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.reveal()])),
  );
}

function rulesOf(rules: NonNullable<Config['providers'][string]>['refusals']): readonly RefusalRule[] {
  return Object.freeze(
    (rules ?? []).map(({ status, code, words, as }) => ({
      status: [status].flat(),
      code: code?.toLowerCase(),
      words: words?.toLowerCase(),
      as,
    })),
  );
}

/** The limits of a target, of which the number of concurrent requests may adapt. */
function limitsOf({ concurrency, ...windows }: z.output<typeof targetLimits>): Limits {
  if (concurrency === undefined) return Object.freeze(windows);
  return Object.freeze(concurrency === 'auto' ? { ...windows, adaptsConcurrency: true } : { ...windows, concurrency });
}

/** The name under which models that share their limits are counted. */
function groupOf({ sharedBy }: LimitRules, model: string): string {
  if (sharedBy === 'all') return '*';
  return sharedBy !== 'none' && model.endsWith(sharedBy.suffix) ? `*${sharedBy.suffix}` : model;
}

/** An own member of a table whose key a client chooses: inherited members like `constructor` do not count. */
function ownOf<Value>(table: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
