import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { Reading } from '../domain/reading.ts';
import { putBounded } from '../lib/bounded-map.ts';

/** Why a target cannot take a request. */
export interface Lack {
  /** In a few words, e.g. `tools` or `parameter 'logit_bias'`. */
  readonly what: string;
  /** The refusal that taught it, cleaned of secrets and cut short; undefined where the configuration says so. */
  readonly refusal: Reading | undefined;
}

/** What a refusal teaches of the one that refused. The reading is one that was cleaned of secrets. */
export type Lesson =
  /** It knows no such parameter, and we had added it. */
  | { readonly kind: 'ours'; readonly parameter: string }
  /** It knows no such parameter, and the caller had sent it; by the name that it was sent under. */
  | { readonly kind: 'callers'; readonly parameter: string; readonly refusal: Reading }
  | { readonly kind: 'context'; readonly tokens: number; readonly refusal: Reading };

/**
 * What has been learned of what models at accounts can take, each for an hour: vendors mend things and operators change plans. In memory,
 * bounded: of 10,000 models and 64 parameters each the latest are kept.
 */
export interface Profiles {
  /** The parameters of ours that are to be left out for it. */
  withoutFor(target: Target, now: number): ReadonlySet<string>;
  learn(target: Target, lesson: Lesson, now: number): void;
  /** The first thing that a request needs and the target lacks, by its configuration or by what was learned; undefined where it may be asked. */
  lacks(target: Target, needs: Needs, now: number): Lack | undefined;
  /** Forgets all of it: a new configuration may speak of other servers. */
  forget(): void;
}

/** How long anything is remembered, in milliseconds. */
const MEMORY_MS = 3600_000;
const MOST_MODELS = 10_000;
const MOST_PARAMETERS = 64;
/** Callers choose the names that are refused, and vendors their words; longer names are not remembered, longer words are cut. */
const LONGEST_NAME = 200;
const LONGEST_WORDS = 500;
/**
 * A prompt is left to the vendor unless it is estimated at more than so many times the window. Estimates run a third over for English and
 * to the double for other scripts, and a refusal of his costs a moment, while one of ours could keep a request from who would serve it.
 */
const CONTEXT_MARGIN = 2;
const NONE: ReadonlySet<string> = new Set();

interface Known {
  readonly until: number;
  readonly refusal: Reading;
}

interface Profile {
  readonly ours: Map<string, { readonly until: number }>;
  readonly callers: Map<string, Known>;
  context: (Known & { readonly tokens: number }) | undefined;
}

/** Makes an empty memory of profiles. */
export function createProfiles(): Profiles {
  const profiles = new Map<string, Profile>();
  return {
    forget: () => profiles.clear(),
    withoutFor(target, now) {
      const ours = profiles.get(keyOf(target))?.ours;
      if (ours === undefined || ours.size === 0) return NONE;
      return new Set([...ours].filter(([, { until }]) => until > now).map(([parameter]) => parameter));
    },
    learn(target, lesson, now) {
      const key = keyOf(target);
      const profile = profiles.get(key) ?? { ours: new Map(), callers: new Map(), context: undefined };
      putBounded(profiles, [key, profile], MOST_MODELS);
      teach(profile, lesson, now + MEMORY_MS);
    },
    lacks(target, needs, now) {
      const { capabilities } = target;
      if (needs.tools && capabilities.tools === false) return configured('tools');
      if (needs.images && capabilities.images === false) return configured('images');
      if (needs.jsonSchema && capabilities.jsonSchema === false) return configured('answers by a schema');
      const profile = profiles.get(keyOf(target));
      const { contextTokens } = capabilities;
      const said = contextTokens === undefined ? undefined : { tokens: contextTokens, refusal: undefined };
      const refused = profile === undefined ? undefined : lackingParameter(profile, { target, needs, now });
      return tooLong(needs, said) ?? refused ?? tooLong(needs, standing(profile?.context, now));
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

/** Not what is counted together: models that share limits take different things. */
function keyOf({ account, model }: Target): string {
  return `${account}/${model}`;
}

function teach(profile: Profile, lesson: Lesson, until: number): void {
  if (lesson.kind === 'context') {
    profile.context = { tokens: lesson.tokens, until, refusal: short(lesson.refusal) };
  } else if (lesson.parameter.length > LONGEST_NAME) {
    return;
  } else if (lesson.kind === 'ours') {
    putBounded(profile.ours, [lesson.parameter, { until }], MOST_PARAMETERS);
  } else {
    putBounded(profile.callers, [lesson.parameter, { until, refusal: short(lesson.refusal) }], MOST_PARAMETERS);
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
    if (known !== undefined) return { what: `parameter '${parameter}'`, refusal: known.refusal };
  }
  return undefined;
}

function tooLong(
  { inputTokens, images }: Needs,
  window: { readonly tokens: number; readonly refusal: Reading | undefined } | undefined,
): Lack | undefined {
  // What images cost is a flat guess, ten times what some vendors count.
  if (window === undefined || images || inputTokens <= window.tokens * CONTEXT_MARGIN) return undefined;
  const what = `a prompt of about ${inputTokens} tokens: its context window has ${window.tokens}`;
  return { what, refusal: window.refusal };
}

function standing<Each extends Known>(known: Each | undefined, now: number): Each | undefined {
  return known !== undefined && known.until > now ? known : undefined;
}

function configured(what: string): Lack {
  return { what, refusal: undefined };
}

function short(reading: Reading): Reading {
  const { message, type, param, code } = reading.error;
  const cut = (words: string | null): string | null => words?.slice(0, LONGEST_WORDS) ?? null;
  return {
    class: reading.class,
    scope: reading.scope,
    status: reading.status,
    error: { message: message.slice(0, LONGEST_WORDS), type: cut(type), param: cut(param), code: cut(code) },
    observed: [],
    words: [],
  };
}
