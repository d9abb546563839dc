import type { BrowserFacts } from '../auth/browser.ts';
import { clearedCookie, sessionCookie } from '../auth/cookie.ts';
import type { Guesses } from '../auth/guesses.ts';
import type { KeyReplica } from '../auth/key-replica.ts';
import { authenticateKey } from '../auth/keys.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { GatewayError } from '../domain/errors.ts';
import { ANONYMOUS, type Principal, type SessionVia } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { LoginStatus, Session, StoreStatus } from '../domain/session.ts';
import { sessionEnd, type SessionRecord } from '../domain/session-record.ts';
import { NOT_STORED } from '../door/headers.ts';
import type { Clock } from '../lib/clock.ts';
import { actorOf } from '../router/actor-of.ts';
import type { SessionServices } from '../router/session-services.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from '../store/write-batches.ts';

/** What the services of sessions are made of. */
export interface SessionServicesOptions {
  readonly version: string;
  readonly active: Pick<ActiveConfig, 'config' | 'snapshot'>;
  readonly sessions: Sessions;
  readonly replica: Pick<KeyReplica, 'session' | 'isFailing' | 'isLoaded'>;
  readonly guesses: Guesses;
  readonly store: Pick<Store, 'persistent'>;
  readonly batches: Pick<Batches, 'isWorking'>;
  readonly clock: Clock;
}

const NO_KEYS = 'This gateway has no keys: clients of its own machine need no login.';
const NO_BROWSER = 'Browsers log in over HTTP, at a gateway that listens itself or is mounted.';

/** Makes the services of sessions. */
export function createSessionServices(options: SessionServicesOptions): SessionServices {
  const { version, active, sessions, replica, guesses, store, batches, clock } = options;
  // As in the section's other parts, only the settings at the start count.
  const traceLink = active.config.traces?.link ?? null;

  function storeStatus(): StoreStatus {
    if (!store.persistent) return 'none';
    return replica.isLoaded && !replica.isFailing && batches.isWorking ? 'up' : 'down';
  }

  function loginStatus(browser: BrowserFacts | undefined): LoginStatus {
    const problem = active.snapshot.auth.keyless ? NO_KEYS : browser === undefined ? NO_BROWSER : browser.problem;
    return { possible: problem === undefined, problem: problem ?? null };
  }

  function shown({ principal, via, record }: Known, browser: BrowserFacts | undefined): Session {
    const isKnown = principal !== ANONYMOUS;
    const isOperator = isKnown && principal.role !== 'caller';
    return {
      object: 'session',
      authenticated: isKnown,
      via: via ?? null,
      role: isKnown ? principal.role : null,
      name: isKnown ? principal.name : null,
      key_id: via === 'key' || via === 'session' ? principal.id : null,
      tenant: principal.tenant === '' ? null : principal.tenant,
      expires_at: endOf(principal, record),
      login: loginStatus(browser),
      version: isOperator ? version : null,
      store: isOperator ? storeStatus() : null,
      trace_link: isOperator ? traceLink : null,
    };
  }

  return {
    retrieve({ scope, browser }) {
      const { via, session } = scope.report;
      const record = session === undefined ? undefined : replica.session(session);
      return shown({ principal: scope.principal, via, record }, browser);
    },
    async create({ scope, browser }, key) {
      const { auth } = active.snapshot;
      const { remoteAddress, session } = scope.report;
      if (auth.keyless) throw new GatewayError('invalid_request', { message: NO_KEYS });
      if (browser === undefined) throw new GatewayError('invalid_request', { message: NO_BROWSER });
      if (browser.isForeign)
        throw new GatewayError('forbidden_origin', { message: 'Only pages of this gateway may log in to it.' });
      const { cookie, problem } = browser;
      if (cookie === undefined) throw new GatewayError('insecure_connection', { message: problem ?? '' });
      const onUnknown = (keys: number): void => guesses.refused(remoteAddress, keys);
      const identity = authenticateKey(auth, key, { onUnknown, now: clock.now() });
      const { value, record } = await sessions.create(actorOf(scope), identity, session);
      scope.report.headers = { ...NOT_STORED, 'set-cookie': sessionCookie(cookie, value) };
      return shown({ principal: identity.principal, via: 'session', record }, browser);
    },
    async delete({ scope, browser }) {
      const cookie = browser?.cookie;
      if (cookie !== undefined && browser?.isForeign === false)
        scope.report.headers = { ...NOT_STORED, 'set-cookie': clearedCookie(cookie) };
      const { session } = scope.report;
      if (session !== undefined) await sessions.end(actorOf(scope), session);
      return { object: 'session.deleted', deleted: true };
    },
  };
}

/** A client, and how it is known. */
interface Known extends Pick<RequestScope, 'principal'> {
  readonly via: SessionVia | undefined;
  readonly record: SessionRecord | undefined;
}

function endOf({ expiresAt = Infinity, secretEndsAt = Infinity }: Principal, record: SessionRecord | undefined) {
  const end = Math.min(expiresAt, secretEndsAt, record === undefined ? Infinity : sessionEnd(record));
  return Number.isFinite(end) ? end : null;
}
