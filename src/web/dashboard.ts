import { GatewayError } from '../domain/errors.ts';
import type { BytesReply, DoorRequest } from '../door/request.ts';
import { weightOf } from '../lib/accepted.ts';
import type { Handle } from '../rest/handle.ts';
import { type DashboardFile, type DashboardFiles, isFileName, loadDashboard, pageWithBase } from './dashboard-files.ts';
import { failedReply, fileReply, listOf, NOT_BUILT, redirectReply } from './dashboard-replies.ts';

/** Where the dashboard is served, without a trailing slash. */
const PATH = '/ui';
/** The paths that `createDashboard` answers, as routes. */
export const DASHBOARD_ROUTES: readonly string[] = Object.freeze(['/', PATH, `${PATH}/*`]);
/** The deepest page, in segments below the first one of `/ui/`. Each depth has a page of its own in memory. */
const MAX_DEPTH = 8;

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
      return failedReply(new GatewayError('not_found', { message: 'The dashboard has no such file.' }));
    } catch (thrown) {
      loading = undefined;
      pages.clear();
      return isMissing(thrown) ? NOT_BUILT : failedReply(GatewayError.from(thrown));
    }
  }

  return async (request) => {
    const { mount, url, headers } = request;
    const [path = ''] = url.split('?', 1);
    // Such a mount refuses every request, and so does this one.
    const isClosed = mount !== undefined && mount.identify === undefined && keyless();
    // A router may decode a path before it selects this function. A file has one name.
    if (isClosed || !isDashboardPath(path)) return rest(request);
    if (path === PATH) return redirectReply(301, `.${PATH}/`);
    if (path !== '/') return fileAt(path.slice(PATH.length + 1), request);
    const acceptsHtml = (weightOf(listOf(headers, 'accept'), 'text/html') ?? 0) > 0;
    if (acceptsHtml) return redirectReply(302, `./${folderOf(request)}${PATH.slice(1)}/`, { vary: 'accept' });
    const answer = await rest(request);
    return { ...answer, headers: { ...answer.headers, vary: 'accept' } };
  };
}

/** What a URL relative to that of the request begins with: a mount is reached without its slash too. */
function folderOf({ url, sentUrl = url }: DoorRequest): string {
  const [path = ''] = sentUrl.split(/[?#]/, 1);
  return path.endsWith('/') ? '' : `${path.slice(path.lastIndexOf('/') + 1)}/`;
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
