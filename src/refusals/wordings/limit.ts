import type { LimitDimension, LimitPeriod } from '../window-name.ts';
import { COUNT } from './count.ts';

/** The size of a limit, which is the group: "Limit 30000, Used 1", "limit: 20", "limited to 10". An amount that remains is not one. */
export const LIMIT = new RegExp(
  String.raw`\blimit(?:ed)?(?: is| of| to|:)? ?(${COUNT})(?! (?:\w{1,12} )?(?:remaining|left))(?:, ?(?:used|current usage):? ?\d)?`,
);
/** How much of a limit is used, which is the group (OpenAI, Groq: used; SambaNova: current usage). */
export const USED = new RegExp(String.raw`\b(?:used|current usage|current):? ?(${COUNT})`);
/** How much the request counts for, which is the group (OpenAI, Groq). */
export const REQUESTED = new RegExp(String.raw`\brequested:? ?(${COUNT})`);
/** The end of a limit as a counting provider writes it (OpenAI, Groq, SambaNova); an echo of a request is written differently. */
export const LIMIT_WITH_USAGE = /, ?(?:used|current usage):? ?\d$/;

/** A period in brackets: "(TPM)", "(RPD)" (OpenAI, Groq). No other name of a period is needed beside it. */
export const PERIOD_IN_BRACKETS = /(?<=\()[rt]p([md])(?=\))/;
/** A period as a text names it; the group that matched is its name. No part of a name with hyphens is one. */
export const PERIOD = new RegExp(
  [
    String.raw`(?<![\w-])[rt]p([md])(?![\w-])`, // "tpm"
    // "tokens per day", "per 1 minute"; OpenRouter: "free-models-per-day"
    String.raw`(?:(?<![\w-])|(?<=(?:models|tokens|requests)-))per[- ]?(?:1 )?(min(?:ute)?|day|month|sec(?:ond)?|hour|week|year)s?(?!\w|-(?!limit))`,
    String.raw`(?<=models-)per-(min|day|month)`, // OpenRouter
    String.raw`\/ ?(min(?:ute)?|day|month|sec(?:ond)?|hour)s?(?![\w/-])`, // Cohere: "calls / minute"
    String.raw`(?<![\w-])(dai|month|hour|week|year)ly(?![\w-])`,
    String.raw`by(day|minute)\b`, // GitHub Models: "UserByModelByDay"
    // GitHub Models: "per 86400s"; SambaNova: "duration_s: 86400,"
    String.raw`(?:per |duration_s: ?)(\d{1,7})(?: ?s(?:ec\w{0,5})?\b|,)`,
  ].join('|'),
);
/** Periods by the letter, the word or the seconds that name them. */
export const PERIOD_NAMES: Readonly<Record<string, LimitPeriod>> = {
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  60: 'minute',
  d: 'day',
  day: 'day',
  dai: 'day',
  86400: 'day',
  month: 'month',
  2592000: 'month',
};

/** What is counted, by the first two letters of a period: "tpm", "rpd". */
export const DIMENSION_OF_ABBREVIATION: Readonly<Record<string, LimitDimension>> = { tp: 'tokens', rp: 'requests' };
/** The start of SambaNova's period, whose text is the same for requests and tokens. */
export const SAMBANOVA_PERIOD = 'duration_s';
/** The words for what is counted. `TOKEN` means tokens, every other one requests. */
export const COUNTED = /token|request|call|quer(?:y|ies)|models-/g;
/** The word among `COUNTED` that means tokens. */
export const TOKEN = 'token';

/** One request counts for more than the limit ever grants (OpenAI, Groq). */
export const REQUEST_TOO_LARGE = /request too large/;
/** A limit on tokens, in a 413 (Groq). */
export const TOKEN_LIMIT = /tokens per/;
/** A limit on requests at the same time. */
export const CONCURRENCY = /concurren/;
/** Google's text for an exhausted quota; `limit: 0` in it means that the model has no free tier. */
export const GOOGLE_QUOTA_EXCEEDED = /quota exceeded for metric/;
/** A text about what remains of a limit. */
export const REMAINING = /remaining/;

/** Google's names of quotas: `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. */
export const GOOGLE_QUOTA_PER_DAY = /per_?day/i;
/** The same with a minute. */
export const GOOGLE_QUOTA_PER_MINUTE = /per_?minute/i;
/** The same for tokens: `GenerateContentInputTokensPerModelPerMinute-FreeTier`. */
export const GOOGLE_QUOTA_OF_TOKENS = /token/i;
