import type { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import type { BytesReply, DoorHeaders, DoorRequest } from '../door/request.ts';
import { weightOf } from '../lib/accepted.ts';
import { errorReply } from '../rest/errors.ts';
import { CODINGS, type DashboardFile } from './dashboard-files.ts';

/** The page may load from and connect to its own server only. It has no inline script or style, and its base is its own server's. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
});
const FOREVER = 'public, max-age=31536000, immutable';
const NOTHING = Buffer.alloc(0);

/** Makes the answer with a file, in the coding that its client prefers; a 304 where the client has it already. */
export function fileReply(
  { contentType, immutable, tag, bodies }: DashboardFile,
  { headers }: Pick<DoorRequest, 'headers'>,
): BytesReply {
  const accepted = listOf(headers, 'accept-encoding');
  const weight = (name: string): number => weightOf(accepted, name) ?? weightOf(accepted, '*') ?? 0;
  // The sort is stable: of equal weights the coding that the gateway prefers.
  const [coding] = CODINGS.filter((name) => bodies[name] !== undefined && weight(name) > 0).toSorted(
    (a, b) => weight(b) - weight(a),
  );
  const etag = `"${tag}${coding === undefined ? '' : `-${coding}`}"`;
  const own = {
    ...HEADERS,
    'cache-control': immutable ? FOREVER : 'no-cache',
    vary: 'accept-encoding',
    etag,
  };
  if (matches(listOf(headers, 'if-none-match'), etag)) return reply(304, own, NOTHING);
  const encoded = coding === undefined ? {} : { 'content-encoding': coding };
  return reply(200, { ...own, 'content-type': contentType, ...encoded }, bodies[coding ?? 'identity'] ?? NOTHING);
}

/** Whether a list of `if-none-match` has a tag (RFC 9110, 13.1.2). */
function matches(list: string, etag: string): boolean {
  return list.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}

/** Makes a redirect, with further headers. */
export function redirectReply(
  status: 301 | 302,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): BytesReply {
  return reply(status, { ...HEADERS, ...headers, location, 'cache-control': 'no-cache' }, NOTHING);
}

/** Makes the answer with an error, which is as little a page as the API's errors are. */
export function failedReply(error: GatewayError): BytesReply {
  return errorReply(error, { ...HEADERS, ...idHeaders(newRequestIds()) });
}

/** The page in place of a build that is missing, which only a checkout can be without. */
export const NOT_BUILT: BytesReply = reply(
  503,
  { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  Buffer.from(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Spillway</title>' +
      '<p>The dashboard is not built. Run <code>npm run build</code> in the gateway’s folder, and load this page again.</p>',
  ),
);

/** A header whose value is a list, in one text; empty where the request does not have it. */
export function listOf(headers: DoorHeaders, name: string): string {
  const value = headers[name] ?? '';
  return typeof value === 'string' ? value : value.join(', ');
}

function reply(status: number, headers: Readonly<Record<string, string>>, body: Buffer): BytesReply {
  return { kind: 'bytes', status, headers, body };
}
