import type { Failure } from '../domain/outcome.ts';
import { kindOf } from '../domain/outcome.ts';
import type { Reading } from '../domain/reading.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Redact } from '../lib/redact.ts';
import type { TransportFailure } from '../upstream/transport.ts';

/** The outcome of an attempt that was given up, by the reason it was given up for. Reasons not our own count as the caller's leaving. */
export function failureOfAbort(code: string): Failure {
  if (isTimeout(code)) return { kind: TIMEOUTS[code].kind, message: TIMEOUTS[code].message };
  return { kind: 'cancelled', message: `Given up: ${code}.` };
}

const TIMEOUTS = {
  connect_timeout: { kind: 'unreachable', message: 'No connection in time.' },
  headers_timeout: { kind: 'unreachable', message: 'No reply in time.' },
  first_token_timeout: { kind: 'silent', message: 'No token in time.' },
  idle_timeout: { kind: 'silent', message: 'The reply fell silent.' },
  total_timeout: { kind: 'silent', message: 'The answer took too long.' },
} as const satisfies Partial<Record<AttemptAbort, { readonly kind: Failure['kind']; readonly message: string }>>;

/** Whether an abort's code is one of the watchdogs'. */
export function isTimeout(code: string): code is keyof typeof TIMEOUTS {
  return Object.hasOwn(TIMEOUTS, code);
}

/** The outcome of an exchange that broke before the answer was ours. */
export function failureOfTransport(failure: TransportFailure): Failure {
  return { kind: failure.kind === 'garbled' ? 'malformed' : 'unreachable', message: failure.message };
}

/** The outcome of a vendor's refusal; its words are cleaned of secrets here, once, for everyone who will show them. */
export function failureOfReading(reading: Reading, redact: Redact, kind = kindOf(reading.class)): Failure {
  const { error } = reading;
  const clean = {
    message: redact(error.message),
    type: redactOr(error.type, redact),
    param: redactOr(error.param, redact),
    code: redactOr(error.code, redact),
  };
  return { kind, message: clean.message, status: reading.status, reading: { ...reading, error: clean } };
}

/** The outcome of an error inside a 2xx: a malformed answer, unless it says that this entry cannot take the request at all. */
export function failureOfReport(reading: Reading, redact: Redact): Failure {
  return failureOfReading(reading, redact, kindOf(reading.class) === 'unsuited' ? 'unsuited' : 'malformed');
}

function redactOr(text: string | null, redact: Redact): string | null {
  return text === null ? null : redact(text);
}
