import { MAX_ONLY_MESSAGE_BYTES, MAX_TEXT_BYTES } from '../domain/bound-trail.ts';
import type { Failure } from '../domain/outcome.ts';
import { kindOf } from '../domain/outcome.ts';
import type { Reading } from '../domain/reading.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import { cutText } from '../lib/cut-text.ts';
import type { Redact } from '../lib/redact.ts';
import type { TransportFailure } from '../upstream/transport.ts';

/** The outcome of a cancelled attempt, by its reason. A reason that is no timeout counts as the client's disconnect. */
export function failureOfAbort(code: string): Failure {
  if (isTimeout(code)) return TIMEOUTS[code];
  const message = `Cancelled: ${code}.`;
  return code === 'hedge_lost' ? { kind: 'cancelled', message, reason: code } : { kind: 'cancelled', message };
}

const TIMEOUTS = {
  connect_timeout: { kind: 'unreachable', message: 'No connection in time.' },
  headers_timeout: { kind: 'unreachable', message: 'No reply in time.', replyTimedOut: true },
  first_token_timeout: { kind: 'silent', message: 'No token in time.' },
  idle_timeout: { kind: 'silent', message: 'The reply stalled.' },
  total_timeout: { kind: 'silent', message: 'The answer took too long.' },
} as const satisfies Partial<Record<AttemptAbort, Failure>>;

/** Whether an abort's code is a timeout of the attempt. */
export function isTimeout(code: string): code is keyof typeof TIMEOUTS {
  return Object.hasOwn(TIMEOUTS, code);
}

/** The outcome of a request that the transport did not begin. Only the name of the error is shown: its message may repeat a header. */
export function failureOfUnsent(thrown: unknown): Failure {
  return { kind: 'unreachable', message: `The request cannot be sent (${nameOf(thrown)}).` };
}

/** The outcome of a reply whose reading threw. Only the name of the error is shown: its message may repeat the reply. */
export function failureOfThrow(thrown: unknown): Failure {
  return { kind: 'malformed', message: `The reply cannot be read (${nameOf(thrown)}).` };
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown';
}

/** The outcome of an exchange that failed before the reply's head. */
export function failureOfTransport(failure: TransportFailure): Failure {
  return { kind: KINDS[failure.kind], message: failure.message };
}

const KINDS = {
  garbled: 'malformed',
  refused: 'unreachable',
  cut: 'unreachable',
  no_resources: 'gateway_overloaded',
} as const satisfies Record<TransportFailure['kind'], Failure['kind']>;

/**
 * Longest text that is redacted, in characters: more than what is shown, so that a secret at the end of what is shown is found as a whole.
 * Providers repeat whole prompts and pages in their errors.
 */
const MAX_REDACTED_CHARS = 2 * MAX_ONLY_MESSAGE_BYTES;
/** A longer run of characters without a blank is no word, but data. */
const LONGEST_WORD = 1024;

/**
 * The outcome of a provider's refusal. Its texts are redacted here, once, for every place that shows them, and only then cut: the message to
 * 4 KB of UTF-8, which `boundTrail` cuts further beside other messages, any other text to 2 KB.
 */
export function failureOfReading(reading: Reading, redact: Redact, kind = kindOf(reading)): Failure {
  const { error } = reading;
  const short = (text: string | null): string | null => text && cutText(redacted(text, redact), MAX_TEXT_BYTES);
  const clean = {
    message: cutText(redacted(error.message, redact), MAX_ONLY_MESSAGE_BYTES),
    type: short(error.type),
    param: short(error.param),
    code: short(error.code),
    detail: short(error.detail ?? null),
  };
  return { kind, message: clean.message, status: reading.status, reading: { ...reading, error: clean } };
}

/** The outcome of an error inside a 2xx: that of its status, or a malformed answer where it names none and no code stands for one. */
export function failureOfReport(reading: Reading, redact: Redact): Failure {
  return failureOfReading(reading, redact, reading.class === 'server' ? 'malformed' : kindOf(reading));
}

function redacted(text: string, redact: Redact): string {
  if (text.length <= MAX_REDACTED_CHARS) return redact(text);
  // The start of a secret may not look like one, so none is left at the end.
  return `${redact(withoutLastWord(text.slice(0, MAX_REDACTED_CHARS)))}…`;
}

/** A text that was cut, without its last word, of which a part may be missing; without that many characters where no word ends near. */
function withoutLastWord(cut: string): string {
  const end = Math.max(0, cut.length - LONGEST_WORD);
  const blank = cut.slice(end).search(/\s\S*$/);
  const kept = cut.slice(0, blank === -1 ? end : end + blank);
  return kept.replace(/[\uD800-\uDBFF]$/, '');
}
