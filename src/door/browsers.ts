import { browserFacts, type BrowserFacts, type BrowserRequest } from '../auth/browser.ts';
import { readCookie } from '../auth/cookie.ts';
import { proxiedPrincipal } from '../auth/proxy.ts';
import { openSession, type OpenSession } from '../auth/sessions.ts';
import type { Authentication, Identity } from '../domain/principal.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { DoorCaller, DoorRequest } from './request.ts';

/** A request that was sent without a key. */
export type KeylessRequest = Pick<DoorRequest, 'method' | 'headers'> & Pick<DoorCaller, 'connection'>;

/** Identifies the senders of requests without a key. */
export interface Browsers {
  /**
   * The user of a session, or one that a proxy names; undefined for any other. `now`: milliseconds since the epoch. Throws `invalid_request` for two cookies of sessions, or as
   * `proxiedPrincipal`.
   */
  identify(request: KeylessRequest, auth: Authentication, now: number): Identity | undefined;
  /** What is known of the browser that has sent a request; undefined in process. */
  facts(request: KeylessRequest): BrowserFacts | undefined;
}

/** What browsers are identified with. */
export interface BrowsersOptions {
  /** The URL at which browsers find the gateway; undefined where the connection shows it. */
  readonly publicUrl: string | undefined;
  /** A session by its digest. Undefined where sessions count for nothing. */
  readonly session: ((digest: string) => SessionRecord | undefined) | undefined;
  /** Called for each session that identifies a request. Must not throw and must not wait. */
  readonly onUse: (record: SessionRecord) => void;
}

/** Makes what identifies browsers. */
export function createBrowsers({ publicUrl, session, onUse }: BrowsersOptions): Browsers {
  function facts(request: KeylessRequest): BrowserFacts | undefined {
    const sent = arrived(request);
    return sent && browserFacts(sent, publicUrl);
  }

  function sessionIn(sent: BrowserRequest, { cookie, isOwn }: BrowserFacts, rules: Rules): OpenSession | undefined {
    if (session === undefined || cookie === undefined || !isOwn) return undefined;
    const value = readCookie(sent.headers['cookie'], cookie);
    return value === undefined ? undefined : openSession(value, { find: session, ...rules });
  }

  return {
    facts,
    identify(request, auth, now) {
      const { proxy } = auth;
      const sent = arrived(request);
      if (sent === undefined) return undefined;
      const known = browserFacts(sent, publicUrl);
      const open = sessionIn(sent, known, { auth, now });
      if (open !== undefined) {
        const { record, principal, keyDigest } = open;
        onUse(record);
        return { principal, keyDigest, via: 'session', session: record.digest };
      }
      const principal = proxy && proxiedPrincipal(proxy, sent, known);
      return principal && { principal, keyDigest: undefined, via: 'proxy' };
    },
  };
}

interface Rules {
  readonly auth: Authentication;
  readonly now: number;
}

function arrived({ method, headers, connection }: KeylessRequest): BrowserRequest | undefined {
  return connection && { method, headers, connection: connection() };
}
