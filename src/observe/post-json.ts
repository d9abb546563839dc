/** Longest time of one request, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** A request with a body of JSON. */
export interface JsonPost {
  readonly url: string;
  readonly body: string;
  /** Sent as a Bearer token; undefined for none. */
  readonly secret?: string | undefined;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** How a request ended: the status of the answer, `silent` where there was none within 10 seconds, or `unreachable` for any other failure. */
export type PostEnd = number | 'silent' | 'unreachable';

/** Posts JSON. It follows no redirect, and reads nothing of the answer but its status. Never rejects. */
export async function postJson({ url, body, secret, signal }: JsonPost): Promise<PostEnd> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        'content-type': 'application/json',
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      body,
    });
    // The status counts, even where the rest of the answer breaks off.
    await response.body?.cancel().catch(() => undefined);
    return response.status;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'silent' : 'unreachable';
  }
}

/** Whether an answer says that the request was taken: its status is 2xx. */
export function wasTaken(end: PostEnd): boolean {
  return typeof end === 'number' && end >= 200 && end < 300;
}
