import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';

/** The codings in which a file may be sent, by their names in `accept-encoding`; the preferred one first. */
export const CODINGS = ['br', 'gzip'] as const;

/** The bytes of a file, as they are and in each coding that is smaller. */
export interface Bodies extends Readonly<Partial<Record<(typeof CODINGS)[number], Buffer>>> {
  readonly identity: Buffer;
}

/** A file of the dashboard's build. */
export interface DashboardFile {
  readonly contentType: string;
  /** Whether its name has a digest of its content, so that it never changes. */
  readonly immutable: boolean;
  /** Digest of its content, without quotes. */
  readonly tag: string;
  readonly bodies: Bodies;
}

/** The dashboard's build in memory. */
export interface DashboardFiles {
  /** All files but the page, by their paths below the folder, with forward slashes. */
  readonly files: ReadonlyMap<string, DashboardFile>;
  /** The page, whose URLs of files are relative to the folder: they resolve by its base. */
  readonly page: string;
}

/** Where the build is, seen from a checkout's `src/web` and from the package's `dist/cli`. */
const FOLDER = join(
  import.meta.dirname,
  ...(import.meta.url.endsWith('.ts') ? ['..', '..', 'dist', 'dashboard'] : ['..', 'dashboard']),
);
const PAGE = 'index.html';
/** Vite writes what it names by content into this folder, and nothing else. */
const HASHED = 'assets/';
const SUFFIXES = { br: '.br', gzip: '.gz' } as const;

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
});

/** Whether a path of the dashboard is one of a file, and not of a page: pages have no such names. */
export function isFileName(path: string): boolean {
  const [first = ''] = path.split('/', 1);
  return path.startsWith(HASHED) || first.includes('.') || Object.hasOwn(TYPES, extname(path));
}

/** Reads the whole build. Rejects with the file system's error; `ENOENT` where there is none. */
export async function loadDashboard(folder: string = FOLDER): Promise<DashboardFiles> {
  const page = await readFile(join(folder, PAGE), 'utf8');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents = new Map<string, Buffer>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    // The build's own marks are hidden files.
    if (entry.isFile() && !entry.name.startsWith('.') && name !== PAGE) contents.set(name, await readFile(path));
  }
  const files = new Map<string, DashboardFile>();
  for (const [name, identity] of contents) {
    const original = name.replace(/\.(?:br|gz)$/, '');
    if (original !== name && contents.has(original)) continue;
    files.set(name, {
      contentType: TYPES[extname(name)] ?? 'application/octet-stream',
      immutable: name.startsWith(HASHED),
      tag: tagOf(identity),
      bodies: smaller({
        identity,
        br: contents.get(name + SUFFIXES.br),
        gzip: contents.get(name + SUFFIXES.gzip),
      }),
    });
  }
  return { files, page };
}

/** Makes the page for a base: a URL, relative to that of the page, below which the files are. */
export async function pageWithBase(page: string, base: string): Promise<DashboardFile> {
  const html = Buffer.from(page.replace(/<head[^>]*>/i, (head) => `${head}<base href="${base}">`));
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(html, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } }),
    promisify(gzip)(html),
  ]);
  const bodies = smaller({ identity: html, br, gzip: gzipped });
  return { contentType: TYPES['.html'] ?? '', immutable: false, tag: tagOf(html), bodies };
}

function tagOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}

interface Compressed extends Pick<Bodies, 'identity'> {
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

function smaller({ identity, br, gzip: gzipped }: Compressed): Bodies {
  const pays = (body: Buffer | undefined): body is Buffer => body !== undefined && body.length < identity.length;
  return { identity, ...(pays(br) ? { br } : {}), ...(pays(gzipped) ? { gzip: gzipped } : {}) };
}
