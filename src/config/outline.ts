import { isRecord, memberOf } from '../lib/record.ts';
import { keepsKeys } from './exposure.ts';
import { type Pair, splitPair } from './pair.ts';

/** A chain's entry. `at` is the path below the entry at which the provider is written. */
export interface EntryOutline extends Pair {
  readonly at: '' | '.provider';
}

/** The parts of a provider that the cross-checks read. */
export interface ProviderOutline {
  readonly preset: string | undefined;
  readonly hasAddress: boolean;
  /** As written. */
  readonly baseUrl: string | undefined;
  readonly private: boolean | undefined;
  readonly models: readonly string[];
  /** Its pool of keys, undefined for a key that is not a string; undefined without a pool. */
  readonly apiKeys: readonly (string | undefined)[] | undefined;
  readonly hasKey: boolean;
}

/** The parts of a gateway key that the cross-checks read. */
export interface KeyOutline {
  readonly name: string | undefined;
  readonly key: string | undefined;
  readonly chains: readonly (string | undefined)[];
  readonly models: readonly (string | undefined)[];
}

/**
 * The names and references of a configuration, parsed as far as possible even where the configuration does not match the schema. Undefined
 * stands for a part that is required and missing, or that cannot be parsed: no problem is derived from it.
 */
export interface Outline {
  readonly providers: ReadonlyMap<string, ProviderOutline | undefined> | undefined;
  readonly chains: ReadonlyMap<string, readonly (EntryOutline | undefined)[]> | undefined;
  readonly aliases: ReadonlyMap<string, string | undefined> | undefined;
  /** Those of the file; none where it does not say so. */
  readonly keys: readonly KeyOutline[] | undefined;
  /** Whether keys are required, because the file does not say that there are none. */
  readonly isKeyed: boolean;
  readonly defaultChain: string | undefined;
  readonly unknownModel: string | undefined;
  readonly host: string | undefined;
  /** Chains whose bodies are kept; undefined for what is no text. */
  readonly bodyChains: readonly (string | undefined)[];
  /** Whether there is a store that may hold keys. */
  readonly keepsKeys: boolean;
}

/** Parses the outline of any value whose variables are interpolated. Never throws. */
export function outlineOf(value: unknown): Outline {
  const defaults = memberOf(value, 'defaults');
  const auth = memberOf(value, 'auth') ?? 'none';
  return {
    providers: mapOf(memberOf(value, 'providers'), provider),
    chains: mapOf(memberOf(value, 'chains'), (chain) => listOf(memberOf(chain, 'entries'))?.map(entry) ?? []),
    aliases: mapOf(memberOf(value, 'aliases') ?? {}, text),
    keys: auth === 'none' ? [] : listOf(memberOf(auth, 'keys') ?? (isRecord(auth) ? [] : undefined))?.map(key),
    isKeyed: isRecord(auth),
    defaultChain: text(memberOf(defaults, 'chain')),
    unknownModel: text(memberOf(defaults, 'unknownModel')),
    bodyChains: listOf(memberOf(memberOf(memberOf(value, 'log'), 'bodies'), 'chains'))?.map(text) ?? [],
    host: text(memberOf(memberOf(value, 'server'), 'host')),
    keepsKeys: keepsKeys(text(memberOf(memberOf(value, 'store'), 'url'))),
  };
}

function provider(value: unknown): ProviderOutline | undefined {
  if (!isRecord(value)) return undefined;
  const preset = memberOf(value, 'preset');
  return {
    preset: text(preset),
    hasAddress: preset !== undefined || memberOf(value, 'baseUrl') !== undefined,
    baseUrl: text(memberOf(value, 'baseUrl')),
    private: flag(memberOf(value, 'private')),
    models: Object.keys(memberOf(value, 'models') ?? {}),
    apiKeys: listOf(memberOf(value, 'apiKeys'))?.map(text),
    hasKey: memberOf(value, 'apiKey') !== undefined,
  };
}

function entry(value: unknown): EntryOutline | undefined {
  if (typeof value === 'string') {
    const pair = splitPair(value);
    return pair && { ...pair, at: '' };
  }
  const [name, model] = [text(memberOf(value, 'provider')), text(memberOf(value, 'model'))];
  return name === undefined || model === undefined ? undefined : { provider: name, model, at: '.provider' };
}

function key(value: unknown): KeyOutline {
  return {
    name: text(memberOf(value, 'name')),
    key: text(memberOf(value, 'key')),
    chains: listOf(memberOf(value, 'chains'))?.map(text) ?? [],
    models: listOf(memberOf(value, 'models'))?.map(text) ?? [],
  };
}

function mapOf<Item>(value: unknown, parse: (item: unknown) => Item): Map<string, Item> | undefined {
  if (!isRecord(value)) return undefined;
  return new Map(Object.entries(value).map(([name, item]) => [name, parse(item)]));
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A string that is not empty. The schema reports empty ones. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
