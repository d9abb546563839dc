import type { Target } from '../domain/chain.ts';
import type { Capability, Needs } from '../domain/needs.ts';
import type { Reading } from '../domain/reading.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { type Lack, lackOf, type Remembered, remembered } from './lack.ts';

/** What a refusal teaches of the one that refused. The reading is one that was cleaned of secrets. */
export type Lesson =
  /** It knows no such parameter, and we had added it. */
  | { readonly kind: 'ours'; readonly parameter: string }
  /** It knows no such parameter, and the caller had sent it; by the name that it was sent under. */
  | { readonly kind: 'callers'; readonly parameter: string; readonly refusal: Reading }
  /** It cannot do what a caller needed. */
  | { readonly kind: 'capability'; readonly capability: Capability; readonly refusal: Reading }
  /** Its window, as it tells. */
  | { readonly kind: 'context'; readonly tokens: number; readonly refusal: Reading };

/**
 * What has been learned of what models at accounts can take, each for an hour: vendors mend things and operators change plans. In memory,
 * bounded: of 10,000 models and 64 parameters each the latest are kept.
 */
export interface Profiles {
  /** The parameters of ours that are to be left out for it. */
  withoutFor(target: Target, now: number): ReadonlySet<string>;
  learn(target: Target, lesson: Lesson, now: number): void;
  /**
   * The target has answered a prompt of so many tokens, as its vendor has counted them: its window is no smaller, whatever a refusal says.
   * Cheap enough for every answer.
   */
  served(target: Target, inputTokens: number): void;
  /** The first thing that a request needs and the target lacks, by its configuration or by what was learned; undefined where it may be asked. */
  lacks(target: Target, needs: Needs, now: number): Lack | undefined;
  /** Forgets all of it: a new configuration may speak of other servers. */
  forget(): void;
}

/** How long anything is remembered, in milliseconds. */
const MEMORY_MS = 3600_000;
const MOST_MODELS = 10_000;
const MOST_PARAMETERS = 64;
/** Callers choose the names that are refused; longer ones are not remembered. */
const LONGEST_NAME = 200;
/**
 * A prompt is left to the vendor unless it is estimated at more than so many times the window. Estimates run a third over for English and
 * to the double for other scripts, and a refusal of his costs a moment, while one of ours could keep a request from who would serve it.
 */
const CONTEXT_MARGIN = 2;
const NONE: ReadonlySet<string> = new Set();

const CAPABILITIES: Readonly<Record<Capability, string>> = Object.freeze({
  tools: 'tools',
  images: 'images',
  jsonSchema: 'answers by a schema',
});

const CAPABILITY_NAMES = ['tools', 'images', 'jsonSchema'] as const satisfies readonly Capability[];

interface Known {
  readonly until: number;
  readonly refusal: Remembered;
}

interface Profile {
  readonly ours: Map<string, { readonly until: number }>;
  readonly callers: Map<string, Known>;
  readonly capabilities: Map<Capability, Known>;
  /** Tokens of the largest prompt that was answered. */
  largest: number;
  context: (Known & { readonly tokens: number }) | undefined;
}

/** Makes an empty memory of profiles. */
export function createProfiles(): Profiles {
  const profiles = new Map<string, Profile>();

  function profileOf(target: Target): Profile {
    const key = target.modelKey;
    const profile = profiles.get(key) ?? {
      ours: new Map(),
      callers: new Map(),
      capabilities: new Map(),
      largest: 0,
      context: undefined,
    };
    putBounded(profiles, [key, profile], MOST_MODELS);
    return profile;
  }

  return {
    forget: () => profiles.clear(),
    withoutFor(target, now) {
      const ours = profiles.get(target.modelKey)?.ours;
      if (ours === undefined || ours.size === 0) return NONE;
      return new Set([...ours].filter(([, { until }]) => until > now).map(([parameter]) => parameter));
    },
    learn(target, lesson, now) {
      teach(profileOf(target), lesson, now + MEMORY_MS);
    },
    served(target, inputTokens) {
      const largest = profiles.get(target.modelKey)?.largest ?? 0;
      if (inputTokens > largest) profileOf(target).largest = inputTokens;
    },
    lacks(target, needs, now) {
      const { capabilities } = target;
      const profile = profiles.get(target.modelKey);
      for (const capability of CAPABILITY_NAMES) {
        const known = standing(profile?.capabilities.get(capability), now);
        if (needs[capability] && (capabilities[capability] === false || known !== undefined))
          return lackOf(CAPABILITIES[capability], known?.refusal);
      }
      const { contextTokens } = capabilities;
      const said = contextTokens === undefined ? undefined : { tokens: contextTokens, refusal: undefined };
      const refused = profile === undefined ? undefined : lackingParameter(profile, { target, needs, now });
      return tooLong(needs, said) ?? refused ?? tooLong(needs, learnedWindow(profile, now));
    },
  };
}

/**
 * The name under which a target is told a top-level field of the caller's; undefined where it is told nothing of it, because its preset
 * takes it out.
 */
export function sentAs({ quirks }: Target, field: string): string | undefined {
  if (quirks.rejects.includes(field) || (field === 'stream_options' && !quirks.streamOptions)) return undefined;
  return Object.hasOwn(quirks.renames, field) ? quirks.renames[field] : field;
}

function teach(profile: Profile, lesson: Lesson, until: number): void {
  if (lesson.kind === 'context') {
    profile.context = { tokens: lesson.tokens, until, refusal: remembered(lesson.refusal) };
  } else if (lesson.kind === 'capability') {
    profile.capabilities.set(lesson.capability, { until, refusal: remembered(lesson.refusal) });
  } else if (lesson.parameter.length > LONGEST_NAME) {
    return;
  } else if (lesson.kind === 'ours') {
    putBounded(profile.ours, [lesson.parameter, { until }], MOST_PARAMETERS);
  } else {
    putBounded(profile.callers, [lesson.parameter, { until, refusal: remembered(lesson.refusal) }], MOST_PARAMETERS);
  }
}

function lackingParameter(
  { callers }: Profile,
  { target, needs, now }: { readonly target: Target; readonly needs: Needs; readonly now: number },
): Lack | undefined {
  if (callers.size === 0) return undefined;
  for (const parameter of needs.parameters) {
    const name = sentAs(target, parameter);
    const known = name === undefined ? undefined : standing(callers.get(name), now);
    if (known !== undefined) return lackOf(`parameter '${parameter}'`, known.refusal);
  }
  return undefined;
}

function tooLong(
  { inputTokens, images }: Needs,
  window: { readonly tokens: number; readonly refusal: Remembered | undefined } | undefined,
): Lack | undefined {
  // What images cost is a flat guess, ten times what some vendors count.
  if (window === undefined || images || inputTokens <= window.tokens * CONTEXT_MARGIN) return undefined;
  const what = `a prompt of about ${inputTokens} tokens: its context window has ${window.tokens}`;
  return lackOf(what, window.refusal);
}

function standing<Each extends Known>(known: Each | undefined, now: number): Each | undefined {
  return known !== undefined && known.until > now ? known : undefined;
}

/** Never smaller than a prompt that was answered. */
function learnedWindow(profile: Profile | undefined, now: number): Profile['context'] {
  const known = standing(profile?.context, now);
  return known && { ...known, tokens: Math.max(known.tokens, profile?.largest ?? 0) };
}
