import { isLoopback } from '../config/exposure.ts';
import { COOKIE_NAMES, type CookieName } from './cookie.ts';
import type { RequestHeaders } from './keys.ts';

/** How a request has arrived, as the edge and the proxies that it trusts know it. */
export interface Connection {
  /** Address of the other end of the connection: a client, or a proxy; undefined where it is unknown. */
  readonly peer: string | undefined;
  /** Whether the client has sent it over TLS. */
  readonly secure: boolean;
  /** Host and port to which the client has sent it. */
  readonly host: string;
  /** Whether a proxy has added headers to it, a trusted one or not. */
  readonly forwarded: boolean;
}

/** A request that a browser may have sent. */
export interface BrowserRequest {
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly connection: Connection;
}

/** What is known of a browser's request. */
export interface BrowserFacts {
  /** Name of the cookie of a session; undefined where there can be none. */
  readonly cookie: CookieName | undefined;
  /** Why there can be none, and what to do about it; undefined where there can. */
  readonly problem: string | undefined;
  /** Whether it is from a page of another origin, by what its headers say. */
  readonly isForeign: boolean;
  /** Whether a page of the gateway has certainly sent it: only then a cookie counts. */
  readonly isOwn: boolean;
}

/** The header that the dashboard sends with everything but a GET. No form can send it, and no page of another origin without being asked first. */
const DASHBOARD_HEADER = 'x-spillway-dashboard';

const INSECURE =
  'Logging in needs TLS, because the key and the cookie would be readable on the way. Open the gateway by https, or at http://localhost on its own machine or through a tunnel (ssh -L). Where a proxy does the TLS, set server.publicUrl to the https URL of the gateway, or name the proxy in server.trustProxy.';

/** What is known of a request. `publicUrl`: the URL at which browsers find the gateway, which decides whether they use TLS; undefined where the connection does. Pure. */
export function browserFacts(request: BrowserRequest, publicUrl: string | undefined): BrowserFacts {
  const { method, headers, connection } = request;
  const { secure, host } = connection;
  const url = URL.parse(publicUrl ?? `${secure ? 'https' : 'http'}://${host}`);
  const cookie = url === null ? undefined : cookieAt(url, publicUrl === undefined ? connection : undefined);
  const { origin, 'sec-fetch-site': fetchSite } = headers;
  const isForeign =
    (origin !== undefined && origin !== url?.origin) || (fetchSite !== undefined && fetchSite !== 'same-origin');
  const isOwn = !isForeign && fetchSite === 'same-origin' && (method === 'GET' || headers[DASHBOARD_HEADER] === '1');
  return { cookie, problem: cookie === undefined ? INSECURE : undefined, isForeign, isOwn };
}

/** The cookie of a session at a URL. What browsers find at loopback no other machine can read; unless the operator says so, the connection must show it. */
function cookieAt({ protocol, hostname }: URL, connection: Connection | undefined): CookieName | undefined {
  if (protocol === 'https:') return COOKIE_NAMES.secure;
  const isLocal =
    isLoopback(hostname) && (connection === undefined || (isLoopback(connection.peer ?? '') && !connection.forwarded));
  return isLocal ? COOKIE_NAMES.plain : undefined;
}
