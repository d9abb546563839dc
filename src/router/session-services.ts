import type { BrowserFacts } from '../auth/browser.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Session, SessionDeleted } from '../domain/session.ts';

/** The request of a session's procedure. */
export interface SessionCall {
  readonly scope: RequestScope;
  /** Undefined in process. */
  readonly browser: BrowserFacts | undefined;
}

/** What the procedures of sessions use. */
export interface SessionServices {
  /** The identity of the request's client. */
  retrieve(call: SessionCall): Session;
  /**
   * Makes a session of a key, and gives it to the browser in a cookie. Rejects with `insecure_connection`, `forbidden_origin`, `forbidden` for a key of the role caller, `store_unavailable`, `invalid_request` where
   * no login is possible, or as `authenticateKey`.
   */
  create(call: SessionCall, key: string): Promise<Session>;
  /** Ends the session of the request, if it has one, and takes its cookie from the browser. Rejects with `store_unavailable`. */
  delete(call: SessionCall): Promise<SessionDeleted>;
}
