import type { Cost, Preset } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import { printable } from '../lib/printable.ts';
import { baseUrlOverride } from './apply-presets.ts';
import { addressProblem } from './endpoint.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigInput } from './schema.ts';

/** A server on this machine that has answered with a list of models. */
export interface LocalServer {
  readonly preset: string;
  readonly model: string;
}

/** An entry that is found without a configuration. */
export interface FoundEntry {
  /** Name of the provider, equal to that of its preset. */
  readonly provider: string;
  readonly model: string;
  /** The environment variable with its key; undefined for a server without keys. */
  readonly variable: string | undefined;
  readonly cost: Cost;
}

/** What is found without a configuration. */
export interface Found {
  /** In the order in which they are tried: free tiers, servers on this machine, paid providers. */
  readonly entries: readonly FoundEntry[];
  /** Why a provider is not used although its key is set; one text each, without secrets. */
  readonly passedOver: readonly string[];
}

const ORDER: readonly Cost[] = ['free-tier', 'local', 'paid'];

/** Finds what can be served without a configuration: providers whose usual environment variable is set, and servers on this machine. Pure. */
export function findEntries(environment: Environment, servers: readonly LocalServer[]): Found {
  const entries: FoundEntry[] = [];
  const passedOver: { readonly variable: string; readonly problem: string }[] = [];
  for (const [provider, preset] of Object.entries(PRESETS)) {
    const { cost, defaultModel } = preset;
    const server = servers.find((each) => each.preset === provider);
    if (server !== undefined && isSafeName(server.model))
      entries.push({ provider, model: server.model, variable: undefined, cost });
    const variable =
      preset.keyVariables.find((name) => isKey(environment[name])) ??
      preset.keyVariables.find((name) => isSet(environment, name));
    if (variable === undefined) continue;
    const problem = problemOf(environment, { provider, preset, variable });
    if (problem !== undefined) passedOver.push({ variable, problem });
    else if (defaultModel !== undefined) entries.push({ provider, model: defaultModel, variable, cost });
  }
  const inOrder = ORDER.flatMap((cost) => entries.filter((entry) => entry.cost === cost));
  // Some providers have two APIs, of which one is used.
  const used = new Set(entries.map(({ variable }) => variable));
  const unused = passedOver.filter(({ variable }) => !used.has(variable));
  const problems = new Set(unused.map(({ variable, problem }) => `${variable} is set, but ${problem}`));
  return { entries: inOrder, passedOver: [...problems] };
}

interface Candidate {
  readonly provider: string;
  readonly preset: Preset;
  readonly variable: string;
}

/** Why a provider whose variable is set cannot be used without a configuration; undefined when it can. */
function problemOf(environment: Environment, { provider, preset, variable }: Candidate): string | undefined {
  const { baseUrl, baseUrlVariable, defaultModel } = preset;
  if (!isKey(environment[variable])) return 'is not a valid key';
  const override = isSet(environment, baseUrlVariable) ? environment[baseUrlVariable] : undefined;
  if (override !== undefined && baseUrlOverride(override, preset) === undefined)
    return `${baseUrlVariable} is not an http or https URL`;
  if (override !== undefined && addressProblem(override, { preset: provider }) !== undefined)
    return `${baseUrlVariable} is a private address, which only a configuration file can allow`;
  if (defaultModel === undefined) return `${provider} has no default model; name yours in a configuration file`;
  const needed = [...baseUrl.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const missing = override === undefined ? needed.find((name) => !isSet(environment, name)) : undefined;
  return missing === undefined ? undefined : `${missing} is not`;
}

function isSet(environment: Environment, name: string): boolean {
  return Object.hasOwn(environment, name) && (environment[name] ?? '') !== '';
}

/** Whether an Authorization header can carry it. */
function isKey(text: string | undefined): boolean {
  return text !== undefined && /^[!-~]+$/.test(text);
}

/** Whether a file may contain the name that a server gives its model. A `${NAME}` in it would send that variable to the server. */
function isSafeName(model: string): boolean {
  return !model.includes('${') && printable(model) === model;
}

/** The configuration that serves these entries: one chain with all of them. Pure. */
export function zeroConfig(entries: readonly FoundEntry[]): ConfigInput {
  return {
    providers: Object.fromEntries(
      entries.map(({ provider, variable }) => [
        provider,
        { preset: provider, apiKey: variable === undefined ? 'none' : `\${${variable}}` },
      ]),
    ),
    chains: { default: { entries: entries.map(({ provider, model }) => `${provider}/${model}`) } },
    defaults: { chain: 'default' },
  };
}
