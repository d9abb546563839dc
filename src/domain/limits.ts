/**
 * What providers limit, as the configuration spells it; the shortest window first. Not frozen: every request iterates it, and V8 iterates a frozen array with an
 * allocation for each element.
 */
export const WINDOW_NAMES = ['requestsPerMinute', 'tokensPerMinute', 'requestsPerDay', 'tokensPerDay'] as const;

/** One window: what is counted, and over which period. */
export type WindowName = (typeof WINDOW_NAMES)[number];

/** Whether a window's period is a day. */
export function isDaily(window: WindowName): boolean {
  return window === 'requestsPerDay' || window === 'tokensPerDay';
}

/** How much a provider serves. An absent limit is unknown. Each is a whole number; 0 only for a window in which the provider grants nothing. */
export interface Limits extends Readonly<Partial<Record<WindowName, number | undefined>>> {
  /** Requests that may run at the same time. */
  readonly concurrency?: number | undefined;
  /** Whether that number adapts to how the provider answers; `concurrency` is absent then. For providers only. */
  readonly adaptsConcurrency?: true | undefined;
}

/** Where a limit is known from: the configuration, a refusal, or a reply's headers. A later one in this list overrules an earlier one. */
export type LimitSource = 'configured' | 'learned' | 'observed';

/** When the day of a provider's daily windows ends: 24 hours after each request, or at midnight in a time zone. */
export type DayReset = 'rolling' | 'UTC' | 'America/Los_Angeles';

/** How a provider counts; the same for all its models. */
export interface LimitRules {
  /** The window of a header whose name has no period, such as `x-ratelimit-limit-requests`; undefined where that is unknown. */
  readonly requestsWindow: 'requestsPerMinute' | 'requestsPerDay' | undefined;
  /** The same for headers that count tokens. */
  readonly tokensWindow: 'tokensPerMinute' | 'tokensPerDay' | undefined;
  /** Whether a minute is the last 60 seconds or a minute of the clock. */
  readonly minute: 'rolling' | 'fixed';
  readonly day: DayReset;
  /** Whether used quota returns gradually until the reset that the headers report, rather than all at once at the reset. */
  readonly refills: boolean;
  /** Whether the provider counts a request's maximum output before it runs. */
  readonly reservesOutput: boolean;
  /** Which models of an account share limits: none, all, or those whose names end in `suffix`. Every other model has limits of its own. */
  readonly sharedBy: 'none' | 'all' | { readonly suffix: string };
}

/** What a reply reports about one window. An absent part is not reported. */
export interface Observation {
  readonly window: WindowName;
  readonly limit?: number | undefined;
  /** What remains after the request that was answered; below 0 where more was used than the limit. */
  readonly remaining?: number | undefined;
  /** When the whole limit is available again, in milliseconds since the epoch. */
  readonly resetAt?: number | undefined;
}

/** What a refusal reveals about a model permanently. */
export interface Learned {
  readonly limits?: Limits | undefined;
  /** Tokens of the model's context window. */
  readonly contextTokens?: number | undefined;
  /** The request has more inputs than the model takes at once; the most that it takes, where the refusal states it. */
  readonly batch?: { readonly limit: number | undefined } | undefined;
}

/** OpenAI's rules, also assumed for a provider whose rules are unknown: rolling minutes and days, and output is not reserved. */
export const PLAIN_RULES: LimitRules = Object.freeze({
  requestsWindow: 'requestsPerMinute',
  tokensWindow: 'tokensPerMinute',
  minute: 'rolling',
  day: 'rolling',
  refills: false,
  reservesOutput: false,
  sharedBy: 'none',
});
