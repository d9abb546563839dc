import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { ProcedureRoute } from '../routes.ts';
import { ANSWERS } from './answers.ts';
import { type Json, ref } from './components.ts';

/** Codes that no reply has: they come in a stream that has begun, or stand in records only. */
const NEVER_A_REPLY: readonly ErrorCode[] = [
  'client_closed',
  'upstream_failed',
  'upstream_truncated',
  'upstream_timeout',
];

/** The statuses of our own errors that a route may answer with; a vendor's refusal of the request itself may have any other. */
export function refusalsOf({ method, access, path, procedure }: ProcedureRoute): readonly number[] {
  if (access === 'public') return procedure === 'health.ready' ? [400, 403, 503] : [400, 403];
  // What asks nobody runs into nobody's silence.
  if (method === 'POST' && access === 'admin') return [400, 401, 403, 404, 413, 415, 500];
  if (method === 'POST') return [400, 401, 403, 404, 413, 415, 500, 503, 504];
  return path.includes('{') ? [400, 401, 403, 404, 500] : [400, 401, 403, 500];
}

/** One response per status that some route refuses with, naming its codes, and one for a vendor's refusals. */
export function errorResponses(routes: readonly ProcedureRoute[]): Json {
  const statuses = [...new Set(routes.flatMap(refusalsOf))].toSorted((a, b) => a - b);
  return {
    ...Object.fromEntries(statuses.map((status) => [`Error${status}`, errorResponse(status)])),
    Refused: {
      description: 'A provider’s refusal of the request itself, as it put it.',
      headers: { 'x-request-id': ref('headers', 'RequestId') },
      content: { 'application/json': { schema: ref('schemas', 'Error') } },
    },
  };
}

function errorResponse(status: number): Json {
  const codes = codesOf(status).map((code) => `\`${code}\``);
  const example = status === 503 ? { example: ANSWERS.Error.example } : {};
  return {
    description: codes.length === 1 ? `The code ${codes.join('')}.` : `One of the codes ${codes.join(', ')}.`,
    headers: { 'x-request-id': ref('headers', 'RequestId'), ...HEADERS[status] },
    content: { 'application/json': { schema: ref('schemas', 'Error'), ...example } },
  };
}

const HEADERS: Readonly<Record<number, Json>> = Object.freeze({
  401: { 'www-authenticate': { description: 'How to show a key.', schema: { type: 'string', const: 'Bearer' } } },
  503: {
    'retry-after': { description: 'Seconds to wait, 1 to 60.', schema: { type: 'integer' } },
    'x-should-retry': {
      description: '`false` where waiting so long does not help.',
      schema: { type: 'string', const: 'false' },
    },
  },
});

function codesOf(status: number): string[] {
  const all = Object.entries(ERRORS).filter(([, error]) => error.status === status);
  return all.map(([code]) => code).filter((code) => !NEVER_A_REPLY.some((never) => never === code));
}
