import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { checkOrigin, type OriginRules } from '../auth/origin.ts';
import { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import { createServer } from '../lib/http.ts';
import { errorReply } from '../rest/errors.ts';
import { METRICS_ROUTE } from '../rest/routes.ts';
import type { GatewayFetch } from '../web/fetch.ts';

/** What the listener for metrics alone needs of its gateway. */
export interface MetricsServerOptions {
  /** The gateway as the process itself sees it: no key is checked. */
  readonly fetch: GatewayFetch;
  /** As of the main server: a result is the rules of a gateway without keys. */
  readonly originRules: () => OriginRules | undefined;
}

/** Scrapers are few, and each sends one small request. */
const MAX_CONNECTIONS = 100;
const HEAD_TIMEOUT_MS = 10_000;

/** Makes the server that has `/metrics` and nothing else, for everything that reaches its port; not listening yet. */
export function createMetricsServer(options: MetricsServerOptions): Server {
  const server = createServer(
    { headersTimeout: HEAD_TIMEOUT_MS, requestTimeout: HEAD_TIMEOUT_MS, maxHeaderSize: 16 * 1024 },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** Never rejects. */
async function answer(
  { fetch, originRules }: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A scrape has no body; one is discarded.
  request.resume();
  response.on('error', () => response.destroy());
  try {
    const rules = originRules();
    if (rules !== undefined) checkOrigin(request.headers, rules);
    checkRequest(request);
    const scrape = await fetch(`http://spillway${METRICS_ROUTE.path}`);
    const body = Buffer.from(await scrape.arrayBuffer());
    write(response, { status: scrape.status, headers: Object.fromEntries(scrape.headers), body });
  } catch (thrown) {
    write(response, errorReply(GatewayError.from(thrown), idHeaders(newRequestIds())));
  }
}

function checkRequest({ method = '', url = '' }: IncomingMessage): void {
  if (url.split('?', 1)[0] !== METRICS_ROUTE.path)
    throw new GatewayError('not_found', { message: `This port has ${METRICS_ROUTE.path} only.` });
  const allow = ['GET', 'HEAD'];
  if (!allow.includes(method))
    throw new GatewayError('method_not_allowed', { message: `Use ${allow.join(' or ')} here.`, allow });
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Node leaves the body out of an answer to HEAD. */
function write(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}
