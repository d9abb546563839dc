import { GatewayError } from '../domain/errors.ts';
import type { DoorHeaders } from './request.ts';

/** Longer ones than any real way are not handed on; in characters. */
const LONGEST = 2000;

/**
 * The proxies that a request came through, as its `via` names them; undefined for none. Throws `loop_detected` when we are among them: a
 * gateway that is its own upstream would ask itself until nothing is left.
 */
export function viaOf(headers: DoorHeaders, ownName: string): string | undefined {
  if (headers['via'] === undefined) return undefined;
  const via = String(headers['via']);
  if (via.split(',').some((hop) => hop.trim().split(/\s+/)[1]?.toLowerCase() === ownName))
    throw new GatewayError('loop_detected', {
      message: 'This request has been through this gateway already: an upstream of its leads back to it.',
    });
  return via === '' || via.length > LONGEST || !/^[\x20-\x7e]+$/.test(via) ? undefined : via;
}
