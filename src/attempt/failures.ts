import type { Failure } from '../domain/outcome.ts';
import { kindOf } from '../domain/outcome.ts';
import type { Reading } from '../domain/reading.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Redact } from '../lib/redact.ts';
import type { TransportFailure } from '../upstream/transport.ts';

/** The outcome of a cancelled attempt, by its reason. A reason that is no timeout counts as the client's disconnect. */
export function failureOfAbort(code: string): Failure {
  if (isTimeout(code)) return { kind: TIMEOUTS[code].kind, message: TIMEOUTS[code].message };
  return { kind: 'cancelled', message: `Cancelled: ${code}.` };
}

const TIMEOUTS = {
  connect_timeout: { kind: 'unreachable', message: 'No connection in time.' },
  headers_timeout: { kind: 'unreachable', message: 'No reply in time.' },
  first_token_timeout: { kind: 'silent', message: 'No token in time.' },
  idle_timeout: { kind: 'silent', message: 'The reply stalled.' },
  total_timeout: { kind: 'silent', message: 'The answer took too long.' },
} as const satisfies Partial<Record<AttemptAbort, { readonly kind: Failure['kind']; readonly message: string }>>;

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
  return { kind: failure.kind === 'garbled' ? 'malformed' : 'unreachable', message: failure.message };
}

/** The outcome of a provider's refusal. Its texts are redacted here, once, for every place that shows them. */
export function failureOfReading(reading: Reading, redact: Redact, kind = kindOf(reading)): Failure {
  const { error } = reading;
  const clean = {
    message: redact(error.message),
    type: redactOr(error.type, redact),
    param: redactOr(error.param, redact),
    code: redactOr(error.code, redact),
  };
  return { kind, message: clean.message, status: reading.status, reading: { ...reading, error: clean } };
}

/** The outcome of an error inside a 2xx: that of its status, or a malformed answer where it names none and no code stands for one. */
export function failureOfReport(reading: Reading, redact: Redact): Failure {
  return failureOfReading(reading, redact, reading.class === 'server' ? 'malformed' : kindOf(reading));
}

function redactOr(text: string | null, redact: Redact): string | null {
  return text === null ? null : redact(text);
}
