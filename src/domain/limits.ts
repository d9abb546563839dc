/** What vendors count, in the words of the configuration; shortest window first. */
export const WINDOW_NAMES = Object.freeze([
  'requestsPerMinute',
  'tokensPerMinute',
  'requestsPerDay',
  'tokensPerDay',
] as const);

/** One window: what is counted, and over how long. */
export type WindowName = (typeof WINDOW_NAMES)[number];

/** Whether a window is of a day. */
export function isDaily(window: WindowName): boolean {
  return window === 'requestsPerDay' || window === 'tokensPerDay';
}

/** How much a vendor serves; an absent one is not known. Each is a whole number above 0, but for a window of which nothing is granted. */
export interface Limits extends Readonly<Partial<Record<WindowName, number | undefined>>> {
  /** Requests that run at the same time. */
  readonly concurrency?: number | undefined;
}

/** Where a limit is known from; a later one in this list overrules an earlier one. */
export type LimitSource = 'configured' | 'learned' | 'observed';

/** When the day of a vendor's daily windows ends: 24 hours after each request, or at midnight of a time zone. */
export type DayReset = 'rolling' | 'UTC' | 'America/Los_Angeles';

/** How a vendor counts; the same for all its models. */
export interface LimitRules {
  /** Which window a header speaks of that names none, such as `x-ratelimit-limit-requests`; undefined where that is not known. */
  readonly requestsWindow: 'requestsPerMinute' | 'requestsPerDay' | undefined;
  readonly tokensWindow: 'tokensPerMinute' | 'tokensPerDay' | undefined;
  /** Whether a minute is the last 60 seconds or one of the clock's. */
  readonly minute: 'rolling' | 'fixed';
  readonly day: DayReset;
  /** Whether what is spent comes back little by little until the reset that the headers tell, and not all at once at it. */
  readonly refills: boolean;
  /** Whether the output that a request may have at most is counted before it runs. */
  readonly reservesOutput: boolean;
  /** Which models of an account share its limits: each for itself, all, or those whose names end alike (the rest each for itself). */
  readonly sharedBy: 'none' | 'all' | { readonly suffix: string };
}

/** What a reply tells of one window. An absent part is not told. */
export interface Observation {
  readonly window: WindowName;
  readonly limit?: number | undefined;
  /** What of it is left, the request that was answered taken off; below 0 where more was taken than there was. */
  readonly remaining?: number | undefined;
  /** Milliseconds since the epoch: when all of it is there again. */
  readonly resetAt?: number | undefined;
}

/** What a refusal teaches for good. */
export interface Learned {
  readonly limits?: Limits | undefined;
  /** Tokens of the model's context window. */
  readonly contextTokens?: number | undefined;
}

/** OpenAI's ways, and what is assumed of who is not known: minutes that roll and days that do, and nothing booked ahead. */
export const PLAIN_RULES: LimitRules = Object.freeze({
  requestsWindow: 'requestsPerMinute',
  tokensWindow: 'tokensPerMinute',
  minute: 'rolling',
  day: 'rolling',
  refills: false,
  reservesOutput: false,
  sharedBy: 'none',
});
