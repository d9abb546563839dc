import { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import type { BytesReply, DoorRequest } from '../door/request.ts';
import { weightOf } from '../lib/accepted.ts';
import { errorReply } from '../rest/errors.ts';
import type { Handle } from '../rest/handle.ts';
import {
  CODINGS,
  type DashboardFile,
  type DashboardFiles,
  isFileName,
  loadDashboard,
  pageWithBase,
} from './dashboard-files.ts';

/** Where the dashboard is served, without a trailing slash. */
const PATH = '/ui';
/** The paths that `createDashboard` answers, as routes. */
export const DASHBOARD_ROUTES: readonly string[] = Object.freeze(['/', PATH, `${PATH}/*`]);

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
/** The deepest page, in segments below `/ui/`. Each depth has a page of its own in memory. */
const MAX_DEPTH = 8;
const NOTHING = Buffer.alloc(0);

/** What the dashboard needs of its gateway. */
export interface DashboardOptions {
  /** The REST facade, which answers what is no page. */
  readonly rest: Handle;
  /** Whether the gateway has no keys: a mount that does not identify clients then serves nothing. */
  readonly keyless: () => boolean;
  /** Reads the build; that of this package unless given. Called for the first request, and again for the next one after a failure. */
  readonly load?: (() => Promise<DashboardFiles>) | undefined;
}

/** Whether a path is one that `createDashboard` answers. */
export function isDashboardPath(path: string): boolean {
  return path === '/' || path === PATH || path.startsWith(`${PATH}/`);
}

/**
 * Makes the function that answers requests for the dashboard's files, which hold no data and need no key, and leaves no record of them. At `/` it
 * redirects browsers to the dashboard. A path below `/ui/` that is no file's is a page of the dashboard's own. Only for GET and HEAD. Never
 * rejects.
 */
export function createDashboard({ rest, keyless, load = loadDashboard }: DashboardOptions): Handle {
  let loading: Promise<DashboardFiles> | undefined;
  const pages = new Map<string, Promise<DashboardFile>>();

  function pageAt(path: string, { page }: DashboardFiles): Promise<DashboardFile> | undefined {
    const depth = path.split('/').length - 1;
    if (isFileName(path) || depth > MAX_DEPTH) return undefined;
    const base = '../'.repeat(depth) || './';
    const known = pages.get(base);
    if (known !== undefined) return known;
    const made = pageWithBase(page, base);
    pages.set(base, made);
    return made;
  }

  async function fileAt(path: string, request: DoorRequest): Promise<BytesReply> {
    try {
      const build = await (loading ??= load());
      const file = build.files.get(path) ?? (await pageAt(path, build));
      if (file !== undefined) return fileReply(file, request);
      return failed(new GatewayError('not_found', { message: 'The dashboard has no such file.' }));
    } catch (thrown) {
      loading = undefined;
      return isMissing(thrown) ? NOT_BUILT : failed(GatewayError.from(thrown));
    }
  }

  return async (request) => {
    const { mount, url } = request;
    const [path = ''] = url.split('?', 1);
    // Such a mount refuses every request, and so does this one.
    const isClosed = mount !== undefined && mount.identify === undefined && keyless();
    // A router may decode a path before it selects this function. A file has one name.
    if (isClosed || !isDashboardPath(path)) return rest(request);
    if (path === PATH) return redirect(301, `.${PATH}/`);
    if (path !== '/') return fileAt(path.slice(PATH.length + 1), request);
    if (acceptsHtml(request)) return redirect(302, `./${folderOf(request)}${PATH.slice(1)}/`, { vary: 'accept' });
    const answer = await rest(request);
    return { ...answer, headers: { ...answer.headers, vary: 'accept' } };
  };
}

/** The answer with a file, in the coding that its client prefers; without it where the client has it already. */
function fileReply({ contentType, immutable, tag, bodies }: DashboardFile, { headers }: DoorRequest): BytesReply {
  const accepted = textOf(headers['accept-encoding']);
  const weight = (name: string): number => weightOf(accepted, name) ?? weightOf(accepted, '*') ?? 0;
  const coding = CODINGS.filter((name) => bodies[name] !== undefined && weight(name) > 0).reduce<
    (typeof CODINGS)[number] | undefined
  >((best, name) => (best === undefined || weight(name) > weight(best) ? name : best), undefined);
  const etag = `"${tag}${coding === undefined ? '' : `-${coding}`}"`;
  const own = {
    ...HEADERS,
    'cache-control': immutable ? FOREVER : 'no-cache',
    vary: 'accept-encoding',
    etag,
  };
  if (matches(textOf(headers['if-none-match']), etag)) return reply(304, own, NOTHING);
  const encoded = coding === undefined ? {} : { 'content-encoding': coding };
  return reply(200, { ...own, 'content-type': contentType, ...encoded }, bodies[coding ?? 'identity'] ?? NOTHING);
}

/** Whether a list of `if-none-match` has a tag (RFC 9110, 13.1.2). */
function matches(list: string, etag: string): boolean {
  return list.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}

function acceptsHtml({ headers }: DoorRequest): boolean {
  return (weightOf(textOf(headers['accept']), 'text/html') ?? 0) > 0;
}

/** What a URL relative to that of the request begins with: a mount is reached without its slash too. */
function folderOf({ url, sentUrl = url }: DoorRequest): string {
  const [path = ''] = sentUrl.split(/[?#]/, 1);
  return path.endsWith('/') ? '' : `${path.slice(path.lastIndexOf('/') + 1)}/`;
}

function redirect(status: 301 | 302, location: string, headers: Readonly<Record<string, string>> = {}): BytesReply {
  return reply(status, { ...HEADERS, ...headers, location, 'cache-control': 'no-cache' }, NOTHING);
}

function failed(error: GatewayError): BytesReply {
  return errorReply(error, { ...HEADERS, ...idHeaders(newRequestIds()) });
}

function reply(status: number, headers: Readonly<Record<string, string>>, body: Buffer): BytesReply {
  return { kind: 'bytes', status, headers, body };
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}

/** Only a checkout can be without it. */
const NOT_BUILT: BytesReply = reply(
  503,
  { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  Buffer.from(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Spillway</title>' +
      '<p>The dashboard is not built. Run <code>npm run build</code> in the gateway’s folder, and load this page again.</p>',
  ),
);

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header ?? []).join(', ');
}
