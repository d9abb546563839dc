import { isStillProxied } from '../auth/proxy.ts';
import { isOpen } from '../auth/sessions.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { KEY_REVOKED } from '../domain/abort-error.ts';
import type { Authentication } from '../domain/principal.ts';
import { LOCAL } from '../domain/principal.ts';
import type { Requests, RunningRequest } from '../domain/requests.ts';
import type { RequestReport, RequestScope } from '../domain/scope.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { Clock } from '../lib/clock.ts';

/** Ends the requests of keys, sessions and users that are no longer accepted. */
export interface Revocation extends Disposable {
  /** Notes a request that was identified. While requests run under keys of a source, or under sessions, those are looked up again every second. */
  identified(scope: RequestScope): void;
  /**
   * Ends each running request whose client the present configuration no longer accepts, with the abort code `key_revoked`. A key whose source
   * cannot be read at present is still accepted. Under `revokedStreams: finish` a request that has reached its chain is left to end by itself.
   */
  check(): void;
}

/** What a revocation works with. */
export interface RevocationOptions {
  readonly active: Pick<ActiveConfig, 'snapshot'>;
  readonly requests: Pick<Requests, 'list'>;
  readonly clock: Clock;
  /** What the revocation of one key says of its running answers, by the key's digest; undefined where the configuration decides. */
  readonly streamsOf?: ((digest: string) => 'cut' | 'finish' | undefined) | undefined;
  /** A session by its digest, also one that has ended; undefined for an unknown one. */
  readonly sessionOf?: ((digest: string) => SessionRecord | undefined) | undefined;
}

/** Time between two lookups of a source's keys, in milliseconds. */
const RECHECK_MS = 1000;

/** Makes the revocation of one gateway. Disposing it stops the lookups. */
export function createRevocation(options: RevocationOptions): Revocation {
  const { active, requests, clock, streamsOf, sessionOf } = options;
  let timer: Disposable | undefined;

  function check(): void {
    const { auth, revokedStreams } = active.snapshot;
    const isAccepted = acceptedBy(auth);
    const now = clock.now();
    let mayEnd = false;
    for (const request of requests.list()) {
      const { report, abort } = request;
      const { keyDigest, chain } = report;
      if (isAccepted(request) && !hasSessionEnded(report, now)) mayEnd ||= mayEndMeanwhile(report, auth);
      else if (chain === undefined) abort.abort(KEY_REVOKED);
      else if (keyDigest !== undefined && (streamsOf?.(keyDigest) ?? revokedStreams) === 'cut')
        abort.abort(KEY_REVOKED);
    }
    if (mayEnd) watch();
  }

  function hasSessionEnded({ session, keyDigest, principal }: Readonly<RequestReport>, now: number): boolean {
    if (session === undefined || keyDigest === undefined) return false;
    const record = sessionOf?.(session);
    return record === undefined || !isOpen(record, active.snapshot.auth.find(keyDigest) ?? principal, now);
  }

  function watch(): void {
    timer ??= clock.timer(RECHECK_MS, () => {
      timer = undefined;
      check();
    });
  }

  return {
    identified({ report, snapshot: { auth } }) {
      if (timer === undefined && mayEndMeanwhile(report, auth)) watch();
    },
    check,
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      timer = undefined;
    },
  };
}

/** Whether the client of a request may be refused without an event in this process. */
function mayEndMeanwhile({ session, keyDigest }: Readonly<RequestReport>, auth: Authentication): boolean {
  return session !== undefined || (keyDigest !== undefined && auth.isFromSource(keyDigest));
}

/** Makes the function that says whether a request's client is still accepted. It looks up each key once, however many requests run under it. */
function acceptedBy(auth: Authentication): (request: RunningRequest) => boolean {
  const known = new Map<string, Standing>();
  return ({ report: { keyDigest, principal, via }, snapshot }) => {
    if (via === 'proxy') return isStillProxied(principal, snapshot.auth.proxy, auth.proxy);
    // Without a key there are calls in process, and local clients until the gateway has keys.
    if (keyDigest === undefined) return principal !== LOCAL || auth.keyless;
    let standing = known.get(keyDigest);
    if (standing === undefined) known.set(keyDigest, (standing = standingOf(auth, keyDigest)));
    if (standing !== 'unavailable') return standing === 'accepted';
    // A source that cannot be read has revoked nothing. A key of the configuration has no other place, and was removed from there.
    return snapshot.auth.isFromSource(keyDigest);
  };
}

/** What is known of a key at present. `unavailable`: a source that may have it cannot look it up. */
type Standing = 'accepted' | 'refused' | 'unavailable';

function standingOf(auth: Authentication, keyDigest: string): Standing {
  try {
    if (auth.find(keyDigest) !== undefined) return 'accepted';
    return auth.refusalOf(keyDigest) === 'unavailable' ? 'unavailable' : 'refused';
  } catch {
    // A source that breaks its contract must not end the process from a timer, nor all its clients' streams.
    return 'accepted';
  }
}
