import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { ResponseHeader } from '../../door/headers.ts';
import type { ProcedureRoute } from '../routes.ts';
import { ANSWERS } from './answers.ts';
import { headerRefs, type Json, ref } from './components.ts';

/** Codes that no reply of the REST API has: they occur in a stream that has begun, in records only, or over tRPC only. */
const NEVER_A_REPLY: readonly ErrorCode[] = [
  'client_closed',
  'upstream_failed',
  'upstream_truncated',
  'upstream_timeout',
  'too_many_subscriptions',
];

/** Whether a route sends the request to a chain: the others answer from the gateway itself. */
export function runsChain({ method, access }: ProcedureRoute): boolean {
  return method === 'POST' && access === 'caller';
}

/** The statuses of the gateway's own errors that a route may answer with; a provider's refusal of the request itself may have any other. */
export function refusalsOf(route: ProcedureRoute): readonly number[] {
  const { method, access, path, procedure } = route;
  if (access === 'public') return procedure === 'health.ready' ? [400, 403, 503] : [400, 403];
  if (runsChain(route)) return [400, 401, 403, 404, 413, 415, 429, 500, 503, 504];
  if (method === 'POST') return [400, 401, 403, 404, 413, 415, 429, 500];
  return path.includes('{') ? [400, 401, 403, 404, 429, 500] : [400, 401, 403, 429, 500];
}

/** One response for each status that a route refuses with, with its codes, and one for refusals by providers. */
export function errorResponses(routes: readonly ProcedureRoute[]): Json {
  const statuses = [...new Set(routes.flatMap(refusalsOf))].toSorted((a, b) => a - b);
  return {
    ...Object.fromEntries(statuses.map((status) => [`Error${status}`, errorResponse(status)])),
    Refused: {
      description: 'A provider’s refusal of the request itself, in the provider’s words.',
      headers: headerRefs(['x-request-id', 'x-spillway-request-id']),
      content: { 'application/json': { schema: ref('schemas', 'Error') } },
    },
  };
}

function errorResponse(status: number): Json {
  const codes = codesOf(status).map((code) => `\`${code}\``);
  const example = status === 503 ? { example: ANSWERS.Error.example } : {};
  return {
    description: codes.length === 1 ? `The code ${codes.join('')}.` : `One of the codes ${codes.join(', ')}.`,
    headers: headerRefs(['x-request-id', 'x-spillway-request-id', ...(HEADERS_BY_STATUS[status] ?? [])]),
    content: { 'application/json': { schema: ref('schemas', 'Error'), ...example } },
  };
}

const HEADERS_BY_STATUS: Readonly<Record<number, readonly ResponseHeader[]>> = Object.freeze({
  401: ['www-authenticate'],
  429: ['retry-after', 'x-should-retry'],
  503: ['retry-after', 'x-should-retry'],
});

function codesOf(status: number): string[] {
  const all = Object.entries(ERRORS).filter(([, error]) => error.status === status);
  return all.map(([code]) => code).filter((code) => !NEVER_A_REPLY.some((never) => never === code));
}
