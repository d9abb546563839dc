import type { ReportedError } from '../domain/provider-error.ts';
import { instantAt } from './date-in-text.ts';
import { clockDurationAt, durationAt, exec, type WaitMatch } from './duration-in-text.ts';
import type { ErrorWords } from './error-words.ts';
import { plausibleWait } from './wait.ts';
import { waitInMembers } from './wait-members.ts';
import { TIME_START } from './wordings/date.ts';
import { BARE_SECONDS, NOT_A_WAIT } from './wordings/duration.ts';
import {
  AFTER_DURATION,
  BEFORE_DURATION,
  BEFORE_SECONDS,
  CUE_AFTER_TIME,
  LINK,
  QUOTA,
  RESET_AFTER_TIME,
  RESET_CUE,
  RETRY_AFTER_TIME,
  RETRY_CUE,
} from './wordings/retry-wait.ts';

/** A wait that an error states. */
export interface StatedWait {
  /** Milliseconds from the reply on, rounded up. */
  readonly ms: number;
  /** The part of the error's text that states it, in lower case; undefined where a member of the error does. */
  readonly matchedText: string | undefined;
}

/** The waits that an error states, each above 0 and at most 31 days. */
export interface StatedWaits {
  /** Until another try. */
  readonly retry: StatedWait | undefined;
  /** Until the limit resets. */
  readonly reset: StatedWait | undefined;
  /** The same, or else a wait until another try of more than an hour, if the text speaks of a quota. */
  readonly quotaReset: StatedWait | undefined;
  /** Whether the text speaks of a quota, or of a limit on usage, and not only of a rate. */
  readonly ofQuota: boolean;
}

type Kind = 'retry' | 'reset';
type Texts = Pick<ErrorWords, 'text' | 'ownText'>;

const HOUR_MS = 3600_000;
const CUES: Readonly<Record<Kind, RegExp>> = { retry: RETRY_CUE, reset: RESET_CUE };
const CUES_AFTER: Readonly<Record<Kind, RegExp>> = { retry: RETRY_AFTER_TIME, reset: RESET_AFTER_TIME };

/**
 * The waits in an error's members and in its own text. Words that may echo the request state none. A member has precedence over the text,
 * and an earlier part of the text over a later one.
 */
export function statedWaits(error: ReportedError, { text, ownText }: Texts, now: number): StatedWaits {
  // One blank for each, so that every other character keeps its index.
  const words: Texts = { text: text.replaceAll(/\s/g, ' '), ownText: ownText.replaceAll(/\s/g, ' ') };
  const members = error.extras?.waits ?? [];
  const of = (kind: Kind): StatedWait | undefined => {
    const ms = waitInMembers(members, kind, now);
    return ms === undefined
      ? (waitAfterCue(words, kind, now) ?? waitBeforeCue(words, kind, now))
      : { ms, matchedText: undefined };
  };
  const [retry, reset] = [of('retry'), of('reset')];
  const ofQuota = QUOTA.test(words.ownText);
  const untilReset = ofQuota && retry !== undefined && retry.ms > HOUR_MS;
  return { retry, reset, quotaReset: reset ?? (untilReset ? retry : undefined), ofQuota };
}

/** "try again in 9m38s", "resets at 3pm (America/New_York)" */
function waitAfterCue(words: Texts, kind: Kind, now: number): StatedWait | undefined {
  for (const { 0: cue, index } of words.ownText.matchAll(CUES[kind])) {
    const linkAt = index + cue.length;
    const at = linkAt + (exec(LINK, words.ownText, linkAt)?.[0].length ?? 0);
    const wait = waitAt(words.text, at, { before: words.text.slice(index, at), now });
    const ms = wait && plausibleWait(wait.ms);
    if (wait !== undefined && ms !== undefined) return { ms, matchedText: words.text.slice(index, wait.end) };
  }
  return undefined;
}

/** "30 秒后重试", "in 3 Tagen zurückgesetzt" */
function waitBeforeCue({ text, ownText }: Texts, kind: Kind, now: number): StatedWait | undefined {
  if (!CUE_AFTER_TIME.test(ownText)) return undefined;
  let from = 0;
  for (const { index } of ownText.matchAll(TIME_START)) {
    const wait = index < from ? undefined : waitAt(text, index, { before: '', now });
    const cue = wait && exec(CUES_AFTER[kind], ownText, wait.end)?.[0];
    const ms = wait && plausibleWait(wait.ms);
    if (wait === undefined) continue;
    if (cue !== undefined && ms !== undefined)
      return { ms, matchedText: text.slice(index, wait.end + cue.length).trim() };
    from = wait.end;
  }
  return undefined;
}

/** The wait that is written at an index, after these words. */
function waitAt(
  text: string,
  at: number,
  { before, now }: { readonly before: string; readonly now: number },
): WaitMatch | undefined {
  if (BEFORE_SECONDS.test(before)) {
    const seconds = exec(BARE_SECONDS, text, at)?.[0];
    if (seconds !== undefined) return { ms: Number(seconds) * 1000, end: at + seconds.length };
  }
  const instant = instantAt(text, at, now);
  const duration = timeSpanAt(text, at, { before, instant });
  if (duration === undefined) return instant;
  return exec(NOT_A_WAIT, text, duration.end) === null ? duration : undefined;
}

/** The duration at an index that is not part of the instant there: "8h30" is a time of day, except in "after 8h30". */
function timeSpanAt(
  text: string,
  at: number,
  { before, instant }: { readonly before: string; readonly instant: WaitMatch | undefined },
): WaitMatch | undefined {
  const afterLink = BEFORE_DURATION.test(before);
  const clock = clockDurationAt(text, at);
  if (clock === undefined) return instant === undefined || afterLink ? durationAt(text, at) : undefined;
  // A time of day may have a zone or half of the day behind it.
  const isTime = (instant?.end ?? 0) > clock.end;
  return clock.hasDays || exec(AFTER_DURATION, text, clock.end) !== null || (afterLink && !isTime) ? clock : undefined;
}
