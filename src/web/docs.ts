import type { PageFile, Pages } from './pages.ts';

/** The viewer may load from and connect to its own server only, whatever it is made to do by default. Its page holds inline script and styles. */
const POLICY = [
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
] as const;

/** `/docs`, a page that shows the API's description. */
export const DOCS: Pages = Object.freeze({ path: '/docs', policy: POLICY, load: loadViewer });

/** All files of the page. */
const FILES = ['', 'js/scalar.js'] as const;

/** Renders the viewer's files once; its plugin is not kept. Its script has megabytes, and is the same for every client. */
async function loadViewer(): Promise<ReadonlyMap<string, PageFile>> {
  const [{ default: Fastify }, { default: scalar }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ]);
  const viewer = Fastify({ logger: false });
  await viewer.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '../openapi.json',
      pageTitle: 'Spillway API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      // Its buttons would send the description to the viewer's makers.
      showDeveloperTools: 'never',
      hideClientButton: true,
    },
  });
  const files = new Map<string, PageFile>();
  for (const name of FILES) {
    const { statusCode, headers, rawPayload: body } = await viewer.inject({ method: 'GET', url: `/docs/${name}` });
    if (statusCode !== 200) throw new Error(`The viewer has no file '${name}' (${statusCode}).`);
    files.set(name, { contentType: headers['content-type'] ?? 'text/plain', body });
  }
  await viewer.close();
  return files;
}
