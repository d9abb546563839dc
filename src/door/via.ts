import { GatewayError } from '../domain/errors.ts';
import type { DoorHeaders } from './request.ts';

/** A longer value than any real route has is not forwarded; in characters. */
const MAX_CHARS = 2000;

/**
 * The proxies that a request has passed, as its `via` names them; undefined for none. Throws `loop_detected` when this gateway is among them: a
 * gateway that is its own upstream would send itself requests until its resources are exhausted.
 */
export function viaOf(headers: DoorHeaders, ownName: string): string | undefined {
  if (headers['via'] === undefined) return undefined;
  const via = String(headers['via']);
  if (via.split(',').some((hop) => hop.trim().split(/\s+/)[1]?.toLowerCase() === ownName))
    throw new GatewayError('loop_detected', {
      message: 'The request has passed this gateway before: one of its upstreams leads back to it.',
    });
  return via === '' || via.length > MAX_CHARS || !/^[\x20-\x7e]+$/.test(via) ? undefined : via;
}
