import type { Cost } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import { printable } from '../lib/printable.ts';
import { addressOf } from './from-preset.ts';
import { addressProblem } from './endpoint.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigInput } from './schema.ts';

/** A server on this machine that has answered with a list of models. */
export interface LocalServer {
  readonly preset: string;
  readonly model: string;
}

/** An entry that nobody has written down. */
export interface FoundEntry {
  /** The provider's name, which is its preset's. */
  readonly provider: string;
  readonly model: string;
  /** The variable that its key comes from; undefined for a server that wants none. */
  readonly variable: string | undefined;
  readonly cost: Cost;
}

/** What the environment offers. */
export interface Found {
  /** In the order in which they are tried: free tiers, what runs on this machine, what may cost money. */
  readonly entries: readonly FoundEntry[];
  /** Vendors with a key that cannot be used without a word of the user's, and why. */
  readonly passedOver: readonly string[];
}

const ORDER: readonly Cost[] = ['free-tier', 'local', 'paid'];

/** Finds what can be served without any configuration: vendors whose usual variable is set, and servers on this machine. Pure. */
export function findEntries(environment: Environment, servers: readonly LocalServer[]): Found {
  const set = (name: string): boolean => Object.hasOwn(environment, name) && (environment[name] ?? '') !== '';
  const entries: FoundEntry[] = [];
  const passedOver: string[] = [];
  for (const [provider, preset] of Object.entries(PRESETS)) {
    const { cost, defaultModel } = preset;
    const server = servers.find((each) => each.preset === provider);
    if (server !== undefined && isName(server.model))
      entries.push({ provider, model: server.model, variable: undefined, cost });
    const variable = preset.keyVariables.find((name) => isKey(environment[name])) ?? preset.keyVariables.find(set);
    if (variable === undefined) continue;
    const wanted = [...preset.baseUrl.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const missing = set(preset.baseUrlVariable) ? undefined : wanted.find((name) => !set(name));
    const address = environment[preset.baseUrlVariable];
    if (!isKey(environment[variable])) passedOver.push(`${variable} is set, but is no key`);
    else if (address !== undefined && address !== '' && addressOf(address, preset) === undefined)
      passedOver.push(`${variable} is set, but ${preset.baseUrlVariable} is no http or https URL`);
    else if (address !== undefined && addressProblem(address, { preset: provider }) !== undefined)
      passedOver.push(`${variable} is set, but ${preset.baseUrlVariable} is private, which only a file can allow`);
    else if (defaultModel === undefined)
      passedOver.push(`${variable} is set, but ${provider} needs a model of your own`);
    else if (missing !== undefined) passedOver.push(`${variable} is set, but ${missing} is not`);
    else entries.push({ provider, model: defaultModel, variable, cost });
  }
  const inOrder = ORDER.flatMap((cost) => entries.filter((entry) => entry.cost === cost));
  return { entries: inOrder, passedOver };
}

/** What an Authorization header can carry. */
function isKey(text: string | undefined): boolean {
  return text !== undefined && /^[!-~]+$/.test(text);
}

/** Whether what a server calls its model may stand in a file: it must not name a variable, whose secret would then be sent to it. */
function isName(model: string): boolean {
  return !model.includes('${') && printable(model) === model;
}

/** The configuration of what was found: one chain over all of it. */
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
