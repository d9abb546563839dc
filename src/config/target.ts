import { createHash } from 'node:crypto';
import { PLAIN, type Preset } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import type { Target } from '../domain/chain.ts';
import { type LimitRules, PLAIN_RULES } from '../domain/limits.ts';
import type { Pair } from './pair.ts';
import { endpointOf } from './endpoint.ts';
import type { Config } from './schema.ts';
import type { Secret } from './secret.ts';

/** Where requests for a provider's model go: a target for each of its keys. `thinks`: whether the model is one that does. */
export function toTargets(config: Config, { provider: name, model }: Pair, thinks: boolean): [Target, ...Target[]] {
  const provider = config.providers[name];
  const preset = presetOf(config, name);
  const quirks = (thinks ? preset?.reasoningQuirks : preset?.quirks) ?? PLAIN;
  const rules = preset?.limitRules ?? PLAIN_RULES;
  const baseUrl = provider?.baseUrl ?? '';
  const headers = headersOf(provider?.headers);
  const { limits, price, ...capabilities } = ownOf(provider?.models, model) ?? ownOf(provider?.models, '*') ?? {};
  const common = {
    provider: name,
    preset: provider?.preset,
    model,
    dialect: provider?.dialect ?? preset?.dialect ?? 'openai',
    baseUrl,
    server: `${baseUrl} ${model}`,
    limits: Object.freeze({ ...provider?.limits, ...limits }),
    rules,
    capabilities: Object.freeze(capabilities),
    price,
    keyHeader: preset?.keyHeader ?? 'authorization',
    headers,
    endpoint: endpointOf(provider ?? {}),
    quirks: Object.freeze({
      ...quirks,
      streamOptions: provider?.streamOptions ?? quirks.streamOptions,
      mendToolCalls: provider?.mendToolCalls ?? quirks.mendToolCalls,
    }),
  } as const;
  const toTarget = (apiKey: string | undefined, keyNumber: number | undefined): Target => {
    const account = createHash('sha256')
      // An organisation or a project in them is counted by itself.
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

/** The preset of a provider; undefined without one. */
export function presetOf(config: Config, provider: string): Preset | undefined {
  const name = config.providers[provider]?.preset;
  return name === undefined ? undefined : PRESETS[name];
}

/** `none` in the file says that a server wants no key. */
export function keyOf(secret: Secret | undefined): string | undefined {
  const key = secret?.reveal();
  return key === 'none' ? undefined : key;
}

/** A provider's headers, revealed. */
export function headersOf(headers: Config['providers'][string]['headers']): Readonly<Record<string, string>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.reveal()])),
  );
}

/** What the models that share limits are counted under. */
function groupOf({ sharedBy }: LimitRules, model: string): string {
  if (sharedBy === 'all') return '*';
  return sharedBy !== 'none' && model.endsWith(sharedBy.suffix) ? `*${sharedBy.suffix}` : model;
}

/** A member of a table that a caller may name: nothing inherited counts. */
function ownOf<Value>(table: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
