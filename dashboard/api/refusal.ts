import { SpillwayError } from 'spillway/client';

/** Codes of errors that may mean the end of the session: the next answer of `sessions.retrieve` says whether to log in again. */
const NO_SESSION: ReadonlySet<string | null> = new Set(['invalid_api_key', 'key_revoked', 'forbidden']);

const REFUSED_EVENT = 'spillway:refused';

/** Reports an error of any call. Nothing happens unless it may mean the end of the session. */
export function reportRefusal(error: unknown): void {
  if (error instanceof SpillwayError && NO_SESSION.has(error.code)) window.dispatchEvent(new Event(REFUSED_EVENT));
}

/** Calls a listener after each such error. The result ends that. */
export function onRefusal(listener: () => void): () => void {
  window.addEventListener(REFUSED_EVENT, listener);
  return () => window.removeEventListener(REFUSED_EVENT, listener);
}
