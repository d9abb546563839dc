import type { KeyHeader, Quirks } from '../domain/chain.ts';
import { type LimitRules, PLAIN_RULES } from '../domain/limits.ts';

/** What a request to it may cost. `free-tier`: nothing up to a limit, with a key. */
export type Cost = 'local' | 'free-tier' | 'paid';

/** What is known of a vendor before anything is configured. */
export interface Preset {
  readonly dialect: 'openai';
  /** `{NAME}` in it stands for an environment variable that the vendor's address needs. */
  readonly baseUrl: string;
  /** Replaces the base URL when it is set, as in the vendors' own SDKs. */
  readonly baseUrlVariable: string;
  readonly keyHeader: KeyHeader;
  /** The environment variables that usually hold the key, the most usual first; none for a server that wants no key. */
  readonly keyVariables: readonly string[];
  readonly cost: Cost;
  /** The model of an entry that nobody chose; undefined where the user's own deployments decide. */
  readonly defaultModel: string | undefined;
  /** Models that think before their first token, and so get more time to it. */
  readonly reasoning: RegExp | undefined;
  /** Where its models' reasoning stands in a message or delta; undefined where it shows none. */
  readonly reasoningField: string | undefined;
  /** When a stream tells usage: in an event of its own or in the last chunk, asked for or always. */
  readonly usage: 'own-event' | 'last-chunk' | 'always';
  readonly limitRules: LimitRules;
  readonly quirks: Quirks;
  /** The same for its models that think. */
  readonly reasoningQuirks: Quirks;
}

/** What a row says beyond the ordinary. */
export type PresetRow = Partial<Omit<Preset, 'quirks' | 'reasoningQuirks' | 'limitRules' | 'dialect'>> & {
  readonly baseUrl: string;
  readonly limitRules?: Partial<LimitRules>;
  readonly quirks?: Partial<Quirks>;
  /** Beyond `quirks`. */
  readonly reasoningQuirks?: Partial<Pick<Quirks, 'rejects' | 'renames'>>;
};

/** OpenAI's own ways. */
export const PLAIN: Quirks = Object.freeze({
  streamOptions: true,
  rejects: Object.freeze([]),
  renames: Object.freeze({}),
  developerRole: true,
  messageRejects: Object.freeze([]),
  mendToolCalls: false,
});

/** Makes a preset of a row: what it does not say is as with OpenAI, for a paid vendor with a Bearer key. */
export function toPreset(name: string, row: PresetRow): Preset {
  const quirks = Object.freeze({ ...PLAIN, ...row.quirks });
  const { rejects = [], renames = {} } = row.reasoningQuirks ?? {};
  const stem = name.replace(/-compat$/, '').toUpperCase();
  return Object.freeze({
    dialect: 'openai',
    baseUrlVariable: `${stem}_BASE_URL`,
    keyHeader: 'authorization',
    keyVariables: [`${stem}_API_KEY`],
    cost: 'paid',
    defaultModel: undefined,
    reasoning: undefined,
    reasoningField: undefined,
    usage: 'last-chunk',
    ...row,
    limitRules: Object.freeze({ ...PLAIN_RULES, ...row.limitRules }),
    quirks,
    reasoningQuirks: Object.freeze({
      ...quirks,
      rejects: [...quirks.rejects, ...rejects],
      renames: { ...quirks.renames, ...renames },
    }),
  });
}
