import { GatewayError } from '../domain/errors.ts';

/** The headers that distinguish a web page's request from a local program's. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** What a gateway without keys accepts. */
export interface OriginRules {
  /** The configured host, allowed beside localhost, 127.0.0.1 and [::1]. */
  readonly host: string;
  /** Origins on the CORS allow-list. */
  readonly origins: readonly string[];
}

const LOCAL_HOSTS: readonly string[] = Object.freeze(['localhost', '127.0.0.1', '[::1]']);

/**
 * Guards a gateway without keys: any web page could otherwise spend the machine's provider keys, by a cross-site request or by a
 * name that was rebound to loopback. Only pages of a listed origin and the gateway's own pages pass. Throws `forbidden_origin`. Pure; reads
 * nothing but these headers.
 */
export function checkOrigin(headers: OriginHeaders, rules: OriginRules): void {
  const { host, origin, 'sec-fetch-site': fetchSite } = headers;
  // Before anything compares an origin with it: a rebound name is foreign here.
  if (!isAllowedHost(host, rules.host)) throw forbidden('This host name is not served without a key.');
  const listed = origin !== undefined && rules.origins.includes(origin);
  if (listed || isOwnPage(headers)) return;
  if (origin !== undefined) throw forbidden('Web pages of this origin may not use a gateway without keys.');
  if (/\b(?:cross|same)-site\b/i.test(String(fetchSite ?? '')))
    throw forbidden('Web pages of other sites may not use a gateway without keys.');
}

/** Whether a request is from a page that this gateway has served. Another port of the same host is another origin. */
function isOwnPage({ host, origin, 'sec-fetch-site': fetchSite }: OriginHeaders): boolean {
  return origin === `http://${host}` && (fetchSite === undefined || fetchSite === 'same-origin');
}

function isAllowedHost(header: string | undefined, configured: string): boolean {
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
