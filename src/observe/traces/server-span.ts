import type { RequestFinished } from '../../domain/events.ts';
import { shownHead } from '../../domain/request-head.ts';
import type { TracedRequest } from '../../domain/tracing.ts';
import { remembered } from './shown-texts.ts';
import type { Kind, Span } from './span.ts';

/** Methods that a name and an attribute may have; the conventions have `HTTP` and `_OTHER` for any other, which clients may make up. */
const METHODS: ReadonlySet<string> = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/**
 * The kind of a request's own span: SERVER for a request over HTTP, unless a span of this process is around it already, and INTERNAL for one in
 * process and for a run.
 */
export function requestKind(request: TracedRequest, isNested: boolean): Kind {
  return isHttp(request) && !isNested ? 'server' : 'internal';
}

/** The name of a request's own span: `POST /v1/chat/completions`, or the procedure of a call that is no HTTP request. */
export function requestName(request: TracedRequest): string {
  const { door, report } = request;
  const { head, operation } = report;
  if (!isHttp(request)) return operation === '' ? 'request' : operation;
  const route = routeOf(report, door);
  const method = head === undefined || !METHODS.has(head.method) ? 'HTTP' : head.method;
  return route === undefined ? method : `${method} ${route}`;
}

/** Sets what is known of a request at its end, and its status: an error only where the gateway answers with a 5xx. */
export function describeRequest(span: Span, request: TracedRequest, event: RequestFinished): void {
  const { status, code } = event;
  span.rename(requestName(request));
  describeHttp(span, request, event);
  span.set('spillway.request_id', request.id);
  span.set('spillway.code', code);
  if (status < 500) return;
  span.set('error.type', code);
  span.fail();
}

/** Whether it is a request over HTTP: neither a call in process, nor a run, nor a call of an application's own router. */
function isHttp({ door, report: { head, operation, traceHeaders } }: TracedRequest): boolean {
  // What is refused before a door has neither a head nor an operation.
  return door !== 'process' && traceHeaders?.own !== true && (head !== undefined || operation === '');
}

function describeHttp(span: Span, request: TracedRequest, { status, remoteAddress }: RequestFinished): void {
  const { door, report, redact } = request;
  const { head } = report;
  if (head === undefined || !isHttp(request)) return;
  const { method, path, userAgent } = shownHead(head, remembered(redact));
  span.set('http.request.method', METHODS.has(method) ? method : '_OTHER');
  span.set('url.path', path);
  span.set('http.response.status_code', status);
  span.set('http.route', routeOf(report, door));
  span.set('client.address', remoteAddress);
  span.set('user_agent.original', userAgent);
}

/** The pattern of the path, with a bounded number of values; undefined where nothing is at the path. */
function routeOf({ route, operation }: TracedRequest['report'], door: TracedRequest['door']): string | undefined {
  if (door === 'trpc') return operation === '' ? undefined : `/trpc/${operation}`;
  return route;
}
