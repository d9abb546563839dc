import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type MountedRequest, type ServerOptions } from './server.ts';

/** Answers a request of an application's server. Never throws. Sets the request's `url` to the one below the mount, as Connect does. */
export type MountedServer = (request: IncomingMessage, response: ServerResponse, mounted: MountedRequest) => void;

/** What it is made of: an edge without the settings that are for pages, which are the application's concern. */
export type MountedServerOptions = Pick<ServerOptions, 'doors' | 'clock' | 'settings'>;

/** Stands for a request that no mount has accepted. */
const CLOSED: MountedRequest = Object.freeze({ mount: Object.freeze({}), url: '' });

/** Makes an HTTP edge that never listens: servers of the application hand requests to it. */
export async function createMountedServer({ doors, clock, settings }: MountedServerOptions): Promise<MountedServer> {
  const requests = new WeakMap<IncomingMessage, MountedRequest>();
  const app = createServer({
    doors,
    clock,
    settings: { ...settings, origins: [] },
    originRules: () => undefined,
    mounted: (request) => requests.get(request) ?? CLOSED,
  });
  await app.ready();
  return (request, response, mounted) => {
    if (request.httpVersionMajor === 2) return refuseHttp2(response);
    const { url = '/' } = request;
    if (!('originalUrl' in request)) Object.assign(request, { originalUrl: url });
    requests.set(request, mounted);
    request.url = mounted.url === '' ? '/' : mounted.url;
    app.routing(request, response);
  };
}

/** The writers of streams frame HTTP/1.1 themselves. */
function refuseHttp2(response: ServerResponse): void {
  const message = 'This mount of the gateway serves HTTP/1.1; use `toFetchHandler` for HTTP/2.';
  const error = { message, type: 'server_error', param: null, code: 'internal_error' };
  response.writeHead(505, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error }));
}
