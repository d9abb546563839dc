import { GatewayError } from '../domain/errors.ts';

/** The headers that tell a web page's request from a local program's. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** Who may come without a key. */
export interface OriginRules {
  /** The configured host, allowed beside localhost, 127.0.0.1 and [::1]. */
  readonly host: string;
  /** Origins on the CORS allow-list. */
  readonly origins: readonly string[];
}

const LOCAL_HOSTS: readonly string[] = Object.freeze(['localhost', '127.0.0.1', '[::1]']);

/**
 * Guards a gateway without keys: any web page could otherwise spend the machine's provider keys, by a cross-site request or by a
 * name that was rebound to loopback. Throws `forbidden_origin`. Pure, and looks at nothing but these headers.
 */
export function checkOrigin(headers: OriginHeaders, rules: OriginRules): void {
  if (!allowedHost(headers.host, rules.host)) throw forbidden('This host name is not served without a key.');
  const listed = headers.origin !== undefined && rules.origins.includes(headers.origin);
  if (headers.origin !== undefined && !listed)
    throw forbidden('Web pages of this origin may not use a gateway without keys.');
  const site = String(headers['sec-fetch-site'] ?? '').toLowerCase();
  if (/\b(?:cross|same)-site\b/.test(site) && !listed)
    throw forbidden('Web pages of other sites may not use a gateway without keys.');
}

function allowedHost(header: string | undefined, configured: string): boolean {
  const host = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(:\d{1,5})?$/i
    .exec(header ?? '')?.[1]
    ?.toLowerCase()
    .replace(/\.$/, '');
  if (host === undefined) return false;
  const own = configured.includes(':') && !configured.startsWith('[') ? `[${configured}]` : configured;
  return LOCAL_HOSTS.includes(host) || host === own.toLowerCase();
}

function forbidden(message: string): GatewayError {
  return new GatewayError('forbidden_origin', { message });
}
