import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Endpoint } from '../domain/endpoint.ts';
import { addressKind } from '../lib/address.ts';
import { Unreachable } from './unreachable.ts';

/** Whether connecting to an endpoint at this IP address is allowed. Pure. */
export function allows(endpoint: Pick<Endpoint, 'private'>, address: string): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'private' && endpoint.private);
}

/** The error when no address is allowed. */
export function refusal(): Unreachable {
  return new Unreachable('The address of the provider is private, which the configuration does not allow.');
}

/**
 * A resolver that returns only the addresses at which connecting to the endpoint is allowed. It runs for each connection, which then goes
 * to the checked address, so a name that resolves differently afterwards (DNS rebinding) gains nothing. Fails when no address is allowed.
 */
export function guardedLookup(
  endpoint: Pick<Endpoint, 'private'>,
  resolve: LookupFunction = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const allowed = all.filter(({ address }) => allows(endpoint, address));
      const [first] = allowed;
      if (first === undefined) return callback(refusal(), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
