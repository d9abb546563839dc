import { isRecord, memberOf } from '../lib/record.ts';
import { type Pair, splitPair } from './pair.ts';

/** A reference to a provider's model, and where in the entry the provider stands. */
export interface EntryOutline extends Pair {
  readonly at: '' | '.provider';
}

/** What the cross-checks read of a provider. */
export interface ProviderOutline {
  readonly preset: string | undefined;
  readonly hasAddress: boolean;
  /** As it is written. */
  readonly baseUrl: string | undefined;
  readonly private: boolean | undefined;
  readonly models: readonly string[];
  /** Its pool of keys, as far as they can be read; undefined where it has none. */
  readonly apiKeys: readonly (string | undefined)[] | undefined;
  readonly hasKey: boolean;
}

/** What the cross-checks read of a gateway key. */
export interface KeyOutline {
  readonly name: string | undefined;
  readonly key: string | undefined;
  readonly chains: readonly (string | undefined)[];
}

/**
 * The names and references of a configuration, as far as they can be read, whether or not the rest of it is right.
 * Undefined stands for what is there and cannot be read (or is missing although it must not be): nothing is concluded from it.
 */
export interface Outline {
  readonly providers: ReadonlyMap<string, ProviderOutline | undefined> | undefined;
  readonly chains: ReadonlyMap<string, readonly (EntryOutline | undefined)[]> | undefined;
  readonly aliases: ReadonlyMap<string, string | undefined> | undefined;
  readonly keys: readonly KeyOutline[] | undefined;
  readonly defaultChain: string | undefined;
  readonly unknownModel: string | undefined;
  readonly host: string | undefined;
}

/** Reads the outline of any value, its variables filled in. Never throws. */
export function outlineOf(value: unknown): Outline {
  const defaults = memberOf(value, 'defaults');
  return {
    providers: mapOf(memberOf(value, 'providers'), provider),
    chains: mapOf(memberOf(value, 'chains'), (chain) => listOf(memberOf(chain, 'entries'))?.map(entry) ?? []),
    aliases: mapOf(memberOf(value, 'aliases') ?? {}, text),
    keys: listOf(memberOf(memberOf(value, 'auth') ?? { keys: [] }, 'keys'))?.map(key),
    defaultChain: text(memberOf(defaults, 'chain')),
    unknownModel: text(memberOf(defaults, 'unknownModel')),
    host: text(memberOf(memberOf(value, 'server'), 'host')),
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
  };
}

function mapOf<Item>(value: unknown, read: (item: unknown) => Item): Map<string, Item> | undefined {
  if (!isRecord(value)) return undefined;
  return new Map(Object.entries(value).map(([name, item]) => [name, read(item)]));
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A text that says something; an empty one is the schema's to refuse. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
