import type { Dialect, KeyHeader, Quirks } from '../domain/chain.ts';
import { type LimitRules, PLAIN_RULES } from '../domain/limits.ts';

/** What a request may cost. `free-tier`: nothing up to a limit, with a key. */
export type Cost = 'local' | 'free-tier' | 'paid';

/** The defaults of a known provider, before anything is configured. */
export interface Preset {
  readonly dialect: Dialect;
  /** `{NAME}` in it stands for an environment variable that is a part of the address. */
  readonly baseUrl: string;
  /** The environment variable that replaces the base URL when it is set, as in the providers' own SDKs. */
  readonly baseUrlVariable: string;
  readonly keyHeader: KeyHeader;
  /** The environment variables that usually contain the key, the most usual first; empty for a server without keys. */
  readonly keyVariables: readonly string[];
  readonly cost: Cost;
  /** The model of an entry without a configuration; undefined where the names of models are the operator's own deployments. */
  readonly defaultModel: string | undefined;
  /** Matches the names of reasoning models, which get a longer timeout until their first token. */
  readonly reasoning: RegExp | undefined;
  /** Whether the server loads a model when a request needs it. That may take minutes, and ends when the request is cancelled. */
  readonly coldStart: boolean;
  /** The member of a message or delta that contains the reasoning; undefined where none is sent. */
  readonly reasoningField: string | undefined;
  /**
   * Where a stream reports usage: in an event of its own or in the last chunk, both only when `stream_options` requests it, or in the last
   * chunk of every stream.
   */
  readonly usage: 'own-event' | 'last-chunk' | 'always';
  readonly limitRules: LimitRules;
  readonly quirks: Quirks;
  /** The quirks of its reasoning models. */
  readonly reasoningQuirks: Quirks;
}

/** One row of the table of presets: what differs from the defaults of `toPreset`. */
export type PresetRow = Partial<Omit<Preset, 'quirks' | 'reasoningQuirks' | 'limitRules'>> & {
  readonly baseUrl: string;
  readonly limitRules?: Partial<LimitRules>;
  readonly quirks?: Partial<Quirks>;
  /** In addition to `quirks`. */
  readonly reasoningQuirks?: Partial<Pick<Quirks, 'rejects' | 'renames' | 'fillsReasoning'>>;
};

/** The quirks of a provider that accepts what OpenAI accepts. */
export const NO_QUIRKS: Quirks = Object.freeze({
  streamOptions: true,
  rejects: Object.freeze([]),
  renames: Object.freeze({}),
  developerRole: true,
  messageRejects: Object.freeze([]),
  callRejects: Object.freeze([]),
  callIds: 'any',
  fillsReasoning: false,
  mendToolCalls: false,
  ownFallbacks: false,
  normalize: true,
  emptyAnswer: 'accept',
  finishReason: 'required',
  cancelled: 'seen',
});

/** Completes a row to a preset. The defaults are those of a paid provider that behaves like OpenAI and takes a Bearer key. Pure. */
export function toPreset(name: string, row: PresetRow): Preset {
  const quirks = Object.freeze({ ...NO_QUIRKS, ...row.quirks });
  const { rejects = [], renames = {}, fillsReasoning = quirks.fillsReasoning } = row.reasoningQuirks ?? {};
  const prefix = name.replace(/-compat$/, '').toUpperCase();
  return Object.freeze({
    dialect: 'openai',
    baseUrlVariable: `${prefix}_BASE_URL`,
    keyHeader: 'authorization',
    keyVariables: [`${prefix}_API_KEY`],
    cost: 'paid',
    defaultModel: undefined,
    reasoning: undefined,
    coldStart: false,
    reasoningField: undefined,
    usage: 'last-chunk',
    ...row,
    limitRules: Object.freeze({ ...PLAIN_RULES, ...row.limitRules }),
    quirks,
    reasoningQuirks: Object.freeze({
      ...quirks,
      rejects: [...quirks.rejects, ...rejects],
      renames: { ...quirks.renames, ...renames },
      fillsReasoning,
    }),
  });
}
