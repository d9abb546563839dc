import type { CallerIdentity } from '../domain/caller-identity.ts';
import type { PublicMount } from '../door/request.ts';
import { belowPrefix } from '../lib/url-prefix.ts';

/**
 * Identifies the sender of a request by the application's own authentication. Undefined: the request's key decides. A GatewayError that it throws
 * is the answer; anything else that it throws is a 500 `internal_error`, which shows nothing of it.
 */
export type PrincipalOf<TRequest> = (
  request: TRequest,
) => CallerIdentity | undefined | Promise<CallerIdentity | undefined>;

/** Options of a public mount. */
export interface MountOptions<TRequest> {
  /**
   * The application's own authentication. Without it, requests need a key, as over HTTP; without keys too, the mount answers 401 to every
   * request.
   */
  readonly principal?: PrincipalOf<TRequest> | undefined;
}

/** Options of a mount that strips a prefix itself. */
export interface PrefixedMountOptions<TRequest> extends MountOptions<TRequest> {
  /** The path below which the gateway is mounted, such as `/api/llm`; none unless given. Requests for other paths get a 404. */
  readonly prefix?: string | undefined;
}

/** The mount of one request. Its sender is identified at most once. */
export function mountOf<TRequest>(principal: PrincipalOf<TRequest> | undefined, request: TRequest): PublicMount {
  if (principal === undefined) return KEYS_ONLY;
  let identity: ReturnType<PrincipalOf<TRequest>> | undefined;
  let called = false;
  return {
    identify() {
      if (called) return identity;
      called = true;
      return (identity = principal(request));
    },
  };
}

const KEYS_ONLY: PublicMount = Object.freeze({});

/** Makes `belowPrefix` of a mount's prefix, with or without a slash at its end. Throws a TypeError for one that does not begin with a slash. */
export function belowMount(prefix = ''): (url: string) => string {
  const trimmed = prefix.replace(/\/+$/, '');
  if (trimmed !== '' && !trimmed.startsWith('/'))
    throw new TypeError(`The prefix of a mount must begin with a slash: '${prefix}'.`);
  return belowPrefix(trimmed);
}
