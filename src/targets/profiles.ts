import type { Target } from '../domain/chain.ts';
import type { Capability, Needs } from '../domain/needs.ts';
import type { Reading } from '../domain/reading.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { createRefusedHistories, type RefusedHistories } from './refused-histories.ts';
import { createLack, type Lack, type StoredRefusal, storedRefusal } from './lack.ts';

/** What a refusal shows about the target that sent it. Secrets must be redacted from `refusal`. */
export type ProfileFact =
  /** The target does not know a parameter that the gateway had added. */
  | { readonly kind: 'addition'; readonly parameter: string }
  /** The target does not know a parameter of the client; `parameter` is the name under which it was sent. */
  | { readonly kind: 'parameter'; readonly parameter: string; readonly refusal: Reading }
  /** The model lacks a capability that a request needed. */
  | { readonly kind: 'capability'; readonly capability: Capability; readonly refusal: Reading }
  /** The size of the context window, as the refusal reports it. */
  | { readonly kind: 'context'; readonly tokens: number; readonly refusal: Reading }
  /** The most inputs that the model takes in one request. */
  | { readonly kind: 'batch'; readonly inputs: number };

/**
 * What models at accounts support, as learned from refusals. Each fact is kept for an hour, since providers fix bugs and operators change
 * plans. In memory, bounded: the latest 10,000 models, and the latest 64 parameters of each. `now` is in milliseconds since the epoch.
 */
export interface Profiles {
  /** Returns the parameters that the gateway must not add for the target: it has refused them. */
  refusedAdditions(target: Target, now: number): ReadonlySet<string>;
  learn(target: Target, fact: ProfileFact, now: number): void;
  /**
   * Records that the target has answered a prompt of `inputTokens`, as its provider counted them: its context window is no smaller, whatever
   * a refusal reports. Cheap enough for every answer.
   */
  recordServed(target: Target, inputTokens: number): void;
  /** Returns the most inputs that one request to the target may have, by configuration or as learned; undefined where that is unknown. */
  maxBatchOf(target: Target, now: number): number | undefined;
  /** Returns the first thing that the request needs and the target lacks, by configuration or as learned; undefined when it lacks nothing. */
  lackOf(target: Target, needs: Needs, now: number): Lack | undefined;
  /** The conversations whose reasoning a target has refused. */
  readonly refusedHistories: RefusedHistories;
  /** Forgets all facts: a new configuration may refer to other servers. */
  forget(): void;
}

/** How long a fact is kept, in milliseconds. */
const MEMORY_MS = 3600_000;
const MOST_MODELS = 10_000;
const MOST_PARAMETERS = 64;
/** Longest parameter name that is kept, in characters: clients choose the names. */
const LONGEST_NAME = 200;
/**
 * A prompt is sent unless its estimate exceeds the context window by more than this factor. Estimates are a third too high for English and
 * up to twice too high for other scripts. A refusal by the provider costs little time; a wrong skip could keep a request from a model that
 * would serve it.
 */
const CONTEXT_MARGIN = 2;
const NONE: ReadonlySet<string> = new Set();

const CAPABILITIES: Readonly<Record<Capability, string>> = Object.freeze({
  tools: 'tools',
  images: 'images',
  jsonSchema: 'structured outputs',
});

const CAPABILITY_NAMES = ['tools', 'images', 'jsonSchema'] as const satisfies readonly Capability[];

interface Known {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly refusal: StoredRefusal;
}

interface Profile {
  readonly additions: Map<string, { readonly until: number }>;
  readonly parameters: Map<string, Known>;
  readonly capabilities: Map<Capability, Known>;
  /** The largest prompt that was answered, in tokens. */
  largestPrompt: number;
  context: (Known & { readonly tokens: number }) | undefined;
  batch: { readonly until: number; readonly inputs: number } | undefined;
}

/** Returns profiles without any facts. */
export function createProfiles(): Profiles {
  const profiles = new Map<string, Profile>();

  function profileOf(target: Target): Profile {
    const key = target.modelKey;
    const profile = profiles.get(key) ?? {
      additions: new Map(),
      parameters: new Map(),
      capabilities: new Map(),
      largestPrompt: 0,
      context: undefined,
      batch: undefined,
    };
    putBounded(profiles, [key, profile], MOST_MODELS);
    return profile;
  }

  const refusedHistories = createRefusedHistories();

  return {
    refusedHistories,
    forget() {
      profiles.clear();
      refusedHistories.forget();
    },
    refusedAdditions(target, now) {
      const additions = profiles.get(target.modelKey)?.additions;
      if (additions === undefined || additions.size === 0) return NONE;
      return new Set([...additions].filter(([, { until }]) => until > now).map(([parameter]) => parameter));
    },
    learn(target, fact, now) {
      addFact(profileOf(target), fact, now + MEMORY_MS);
    },
    recordServed(target, inputTokens) {
      const largest = profiles.get(target.modelKey)?.largestPrompt ?? 0;
      if (inputTokens > largest) profileOf(target).largestPrompt = inputTokens;
    },
    maxBatchOf(target, now) {
      const { maxBatch } = target.capabilities;
      const batch = profiles.get(target.modelKey)?.batch;
      if (batch === undefined || batch.until <= now) return maxBatch;
      return Math.min(batch.inputs, maxBatch ?? Infinity);
    },
    lackOf(target, needs, now) {
      const { capabilities } = target;
      const profile = profiles.get(target.modelKey);
      for (const capability of CAPABILITY_NAMES) {
        const known = current(profile?.capabilities.get(capability), now);
        if (needs[capability] && (capabilities[capability] === false || known !== undefined))
          return createLack(CAPABILITIES[capability], known?.refusal);
      }
      const { contextTokens } = capabilities;
      const configured = contextTokens === undefined ? undefined : { tokens: contextTokens, refusal: undefined };
      const refused = profile === undefined ? undefined : lackingParameter(profile, { target, needs, now });
      return tooLong(needs, configured) ?? refused ?? tooLong(needs, learnedWindow(profile, now));
    },
  };
}

/** Returns the name under which a top-level field of the client is sent to a target; undefined when it is not sent, because the preset removes it. */
export function sentAs({ quirks }: Target, field: string): string | undefined {
  if (quirks.rejects.includes(field) || (field === 'stream_options' && !quirks.streamOptions)) return undefined;
  return Object.hasOwn(quirks.renames, field) ? quirks.renames[field] : field;
}

function addFact(profile: Profile, fact: ProfileFact, until: number): void {
  if (fact.kind === 'context') {
    profile.context = { tokens: fact.tokens, until, refusal: storedRefusal(fact.refusal) };
  } else if (fact.kind === 'batch') {
    profile.batch = { inputs: fact.inputs, until };
  } else if (fact.kind === 'capability') {
    profile.capabilities.set(fact.capability, { until, refusal: storedRefusal(fact.refusal) });
  } else if (fact.parameter.length > LONGEST_NAME) {
    return;
  } else if (fact.kind === 'addition') {
    putBounded(profile.additions, [fact.parameter, { until }], MOST_PARAMETERS);
  } else {
    putBounded(profile.parameters, [fact.parameter, { until, refusal: storedRefusal(fact.refusal) }], MOST_PARAMETERS);
  }
}

function lackingParameter(
  { parameters }: Profile,
  { target, needs, now }: { readonly target: Target; readonly needs: Needs; readonly now: number },
): Lack | undefined {
  if (parameters.size === 0) return undefined;
  for (const parameter of needs.parameters) {
    const name = sentAs(target, parameter);
    const known = name === undefined ? undefined : current(parameters.get(name), now);
    if (known !== undefined) return createLack(`parameter '${parameter}'`, known.refusal);
  }
  return undefined;
}

function tooLong(
  { inputTokens, windowTokens = inputTokens, images }: Needs,
  window: { readonly tokens: number; readonly refusal: StoredRefusal | undefined } | undefined,
): Lack | undefined {
  // The tokens of images are a flat guess, ten times what some providers count.
  if (window === undefined || images || windowTokens <= window.tokens * CONTEXT_MARGIN) return undefined;
  const what = `a prompt of about ${windowTokens} tokens (context window: ${window.tokens})`;
  return { ...createLack(what, window.refusal), tooLarge: true };
}

function current<Each extends Known>(known: Each | undefined, now: number): Each | undefined {
  return known !== undefined && known.until > now ? known : undefined;
}

/** The context window as a refusal reported it; never smaller than a prompt that was answered. */
function learnedWindow(profile: Profile | undefined, now: number): Profile['context'] {
  const known = current(profile?.context, now);
  return known && { ...known, tokens: Math.max(known.tokens, profile?.largestPrompt ?? 0) };
}
