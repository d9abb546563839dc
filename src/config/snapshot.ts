import type { Chain, ColdStart, Entry, Snapshot, Timeouts } from '../domain/chain.ts';
import type { Tenant } from '../domain/key-record.ts';
import { authenticationOf, type KeySource, type KnownKeys, type ProxyAccess } from '../domain/principal.ts';
import { addressesIn } from '../lib/address.ts';
import { createRedact } from '../lib/redact.ts';
import { bodyRules } from './body-rules.ts';
import { hedgeLimits } from './hedge.ts';
import { keyDigest } from './key-digest.ts';
import type { Config } from './schema.ts';
import { statePasswords } from './state-settings.ts';
import { storePasswords } from './store-url.ts';
import { headersOf, keyOf, presetOf, toTargets } from './target.ts';

type TimeoutsInput = NonNullable<NonNullable<Config['defaults']>['timeouts']>;
type EntryInput = Config['chains'][string]['entries'][number];

const DEFAULT_TIMEOUTS: Timeouts = Object.freeze({
  connect: 5000,
  headers: undefined,
  firstToken: undefined,
  streamStart: 60_000,
  idle: 60_000,
  total: 600_000,
});
/** Longest time to the first token of a reasoning model's stream, in milliseconds. */
const REASONING_START_MS = 300_000;
/** For a server that may have to load the model first, in milliseconds. Loads of more than a minute are common (ollama/ollama#4131). */
const COLD_START = { withOthers: 120_000, alone: 600_000 } as const;
/** Approximate pause before an overloaded entry is retried, in milliseconds. */
const DEFAULT_BACKOFF_MS = 250;
const DEFAULT_DEADLINE_MS = 600_000;

/**
 * Turns a checked configuration into the frozen tables that requests run on. Reads `hasKeys` of each key source, once. `secrets`: more secrets to
 * redact than those of the configuration.
 */
export function toSnapshot(
  config: Config,
  keySources: readonly KeySource[] = [],
  secrets: readonly string[] = [],
): Snapshot {
  const chains = new Map(Object.entries(config.chains).map(([name, chain]) => [name, toChain(config, name, chain)]));
  const pairs = new Map<string, Chain>();
  for (const { entries } of Object.values(config.chains)) for (const entry of entries) addPair(pairs, config, entry);
  for (const [provider, { models }] of Object.entries(config.providers)) {
    for (const model of Object.keys(models ?? {})) if (model !== '*') addPair(pairs, config, { provider, model });
  }
  const digests = keysOf(config);
  const keys = Object.freeze([...digests.values()]);
  const redacted = [...secretsOf(config), ...secrets];
  return Object.freeze({
    providers: new Set(Object.keys(config.providers)),
    chains,
    aliases: new Map(Object.entries(config.aliases ?? {})),
    pairs,
    openPair(provider: string, model: string) {
      const models = Object.hasOwn(config.providers, provider) ? config.providers[provider]?.models : undefined;
      return model !== '*' && models?.['*'] !== undefined ? pairOf(config, { provider, model }) : undefined;
    },
    defaultChain: config.defaults?.chain,
    unknownModel: config.defaults?.unknownModel ?? 'reject',
    revokedStreams: config.auth?.revokedStreams ?? 'cut',
    keys,
    keysById: new Map(keys.map((key) => [key.id, key])),
    tenants: tenantsOf(config),
    auth: authenticationOf(digests, keySources, proxyAccess(config)),
    redact: createRedact(redacted),
    bodies: bodyRules(config, redacted),
  });
}

function toChain(config: Config, name: string, chain: Config['chains'][string]): Chain {
  return Object.freeze({
    name,
    entries: Object.freeze(chain.entries.map((entry) => toEntry(config, entry, chain.timeouts))),
    deadline: chain.deadline ?? DEFAULT_DEADLINE_MS,
    commit: chain.commit ?? 'first-token',
    openAfter: chain.openAfter,
    policy: chain.policy ?? 'ordered',
    queue: chain.queue,
    retry: chain.retry && { ...chain.retry, backoff: chain.retry.backoff ?? DEFAULT_BACKOFF_MS },
    hedge: chain.hedge && hedgeLimits(chain.hedge),
    lastResort: chain.lastResort ?? true,
    onRefused: chain.onRefused ?? 'next',
    onContentFilter: chain.onContentFilter ?? 'stop',
    mixedModels: chain.mixedModels ?? false,
  });
}

function toEntry(config: Config, entry: EntryInput, chainTimeouts?: TimeoutsInput): Entry {
  const own = 'timeouts' in entry ? entry.timeouts : undefined;
  const configured = 'reasoning' in entry ? entry.reasoning : undefined;
  const preset = presetOf(config, entry.provider);
  const reasoning = configured ?? preset?.reasoning?.test(entry.model) ?? false;
  const timeouts = {
    ...DEFAULT_TIMEOUTS,
    ...(reasoning ? { streamStart: REASONING_START_MS } : {}),
    ...(preset?.coldStart === true ? { coldStart: coldStartOf(reasoning) } : {}),
    ...present(config.defaults?.timeouts),
    ...present(chainTimeouts),
    ...present(own),
  };
  const weight = 'weight' in entry ? (entry.weight ?? 1) : 1;
  const { provider, model } = entry;
  return Object.freeze({
    provider,
    model,
    targets: toTargets(config, entry, { reasoning, parameters: 'parameters' in entry ? entry.parameters : undefined }),
    timeouts: Object.freeze(timeouts),
    weight,
  });
}

function coldStartOf(reasoning: boolean): ColdStart {
  const { withOthers, alone } = COLD_START;
  return Object.freeze({ withOthers: reasoning ? Math.max(REASONING_START_MS, withOthers) : withOthers, alone });
}

function present(timeouts: TimeoutsInput | undefined): Partial<Record<keyof TimeoutsInput, number>> {
  const entries = Object.entries(timeouts ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function addPair(pairs: Map<string, Chain>, config: Config, entry: EntryInput): void {
  const chain = pairOf(config, entry);
  if (!pairs.has(chain.name)) pairs.set(chain.name, chain);
}

function pairOf(config: Config, entry: EntryInput): Chain {
  return toChain(config, `${entry.provider}/${entry.model}`, { entries: [entry] });
}

function keysOf({ auth }: Config): KnownKeys {
  return new Map(
    (auth?.keys ?? []).map(({ name, key, role = 'caller', tenant = '', expires, ...own }) => [
      keyDigest(key.reveal()),
      Object.freeze({
        // A key of the file is known by its name, which is unique there.
        id: name,
        name,
        role,
        tenant,
        chains: own.chains && Object.freeze([...own.chains]),
        models: own.models && Object.freeze([...own.models]),
        operations: own.operations && Object.freeze([...own.operations]),
        bodies: own.bodies,
        expiresAt: expires,
        limits: own.limits && Object.freeze({ ...own.limits }),
        budgets: own.budgets && Object.freeze([...own.budgets]),
      }),
    ]),
  );
}

function proxyAccess({ auth }: Config): ProxyAccess | undefined {
  if (auth?.proxy === undefined) return undefined;
  const { from = [], header = 'x-forwarded-email', roles } = auth.proxy;
  const { admin = [], viewer = [] } = roles;
  return Object.freeze({ from, includes: addressesIn(from), header, roles: { admin, viewer } });
}

function tenantsOf({ tenants = {} }: Config): ReadonlyMap<string, Tenant> {
  return new Map(
    Object.entries(tenants).map(([name, tenant]) => [
      name,
      Object.freeze({
        name,
        limits: tenant?.limits && Object.freeze({ ...tenant.limits }),
        budgets: tenant?.budgets && Object.freeze([...tenant.budgets]),
        defaults: tenant?.defaults && Object.freeze({ keyBudget: tenant.defaults.keyBudget }),
      }),
    ]),
  );
}

function secretsOf(config: Config): readonly string[] {
  const providers = Object.values(config.providers).flatMap(({ apiKey, apiKeys = [], headers }) => [
    ...[apiKey, ...apiKeys].map(keyOf),
    ...Object.values(headersOf(headers)),
  ]);
  const keys = (config.auth?.keys ?? []).map(({ key }) => key.reveal());
  const webhook = config.budgets?.webhook?.secret?.reveal();
  const collector = Object.values(config.traces?.headers ?? {}).map((value) => value.reveal());
  const store = config.store === undefined ? [] : storePasswords(config.store.url);
  return Object.freeze(
    [...providers, ...keys, webhook, ...collector, ...store, ...statePasswords(config)].filter(
      (secret) => secret !== undefined,
    ),
  );
}
