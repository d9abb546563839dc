import { retryAfter } from '../../refusals/wait.ts';
import type { Clock } from '../../lib/clock.ts';

/** What is sent to an OpenTelemetry collector, and where. */
export interface Post {
  readonly url: string;
  /** Sent beside the content type. */
  readonly headers: Readonly<Record<string, string>>;
  /** OTLP in JSON. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Why a collector has not taken what was sent. */
export interface PostProblem {
  /** A few words, without the URL and without the collector's own: those may repeat what it got. */
  readonly reason: string;
  /** Whether the same may be sent again. */
  readonly isRetryable: boolean;
  /** Milliseconds after which the collector wants it again; undefined where it does not say. */
  readonly retryMs?: number | undefined;
}

/** Longest time of one request, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Most bytes of an answer that are read, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses after which the same is sent again (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends something to a collector, as OTLP over HTTP. Resolves to a problem, or to undefined where the collector has taken it. Never rejects. */
export async function post({ url, headers, body, signal }: Post, clock: Clock): Promise<PostProblem | undefined> {
  const sent = new Headers(headers);
  sent.set('content-type', 'application/json');
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: sent,
      body,
    });
    // The status counts, even where the rest of the reply breaks off.
    await readAnswer(response).catch(() => undefined);
    if (response.ok) return undefined;
    return {
      reason: `the collector answered ${response.status}`,
      isRetryable: RETRYABLE.has(response.status),
      retryMs: retryAfter(Object.fromEntries(response.headers), clock.now()),
    };
  } catch (error) {
    const isSilent = signal.aborted || (error instanceof Error && error.name === 'TimeoutError');
    return { reason: isSilent ? 'the collector is silent' : 'no connection to the collector', isRetryable: true };
  }
}

async function readAnswer({ body }: Response): Promise<void> {
  let bytes = 0;
  for await (const piece of body ?? []) if ((bytes += piece.length) > MAX_ANSWER_BYTES) return;
}
