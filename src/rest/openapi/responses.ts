import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { HeaderPlace } from '../../door/headers.ts';
import type { ProcedureRoute } from '../routes.ts';
import { ANSWERS } from './answers.ts';
import { headersOf, type Json, ref } from './components.ts';
import { errorSchemaOf } from './error-schemas.ts';

/** Whether a route sends the request to a chain: the others answer from the gateway itself. */
export function runsChain({ operation, access }: ProcedureRoute): boolean {
  return operation !== undefined && access === 'caller';
}

const never = (): boolean => false;
const takesKey = ({ access }: ProcedureRoute): boolean => access !== 'public';
const takesBody = ({ method, body }: ProcedureRoute): boolean => method === 'POST' && body !== 'none';
/** Whether a route concerns one run. */
export const ofRun = ({ path }: ProcedureRoute): boolean => path.includes('{runId}');
/** Whether a route can make a run. */
export const makesRun = ({ procedure, streams, operation }: ProcedureRoute): boolean =>
  procedure === 'runs.create' || (streams !== undefined && operation === 'chat.completions');
/** The same, and whether it can make a response in the background, which is one. */
const startsRun = (route: ProcedureRoute): boolean => makesRun(route) || route.procedure === 'responses.create';
/** Whether a route concerns one response. */
const ofResponse = ({ path }: ProcedureRoute): boolean => path.includes('{response_id}');
/** Whether a route can change keys or tenants. */
const changesAccounts = ({ procedure, access }: ProcedureRoute): boolean =>
  /^(?:keys|tenants)\./.test(procedure) && access === 'admin';
/** Whether a route concerns one key, tenant or logged request. */
const namesOne = ({ path }: ProcedureRoute): boolean => /^\/(?:keys|tenants|requests)\/\{/.test(path);
const takesModel = (route: ProcedureRoute): boolean => takesBody(route) || route.path.includes('{+model}');

/**
 * The routes whose replies have a code. A code without a row may be the reply of every route, so that the description never lacks one.
 * Codes of no route occur in a stream that has begun, or in records only.
 */
const ROUTES_OF: Readonly<Partial<Record<ErrorCode, (route: ProcedureRoute) => boolean>>> = Object.freeze({
  client_closed: never,
  upstream_failed: never,
  upstream_truncated: never,
  upstream_timeout: never,
  too_many_subscriptions: ({ type }) => type === 'subscription',
  run_cancelled: startsRun,
  // Of a run that another process has made, under the same idempotency key.
  run_interrupted: startsRun,
  run_not_found: ofRun,
  run_events_expired: (route) => route.type === 'subscription' || (ofResponse(route) && route.streams !== undefined),
  response_not_found: ofResponse,
  previous_response_not_found: ({ operation }) => operation === 'responses',
  idempotency_conflict: (route) =>
    startsRun(route) || route.procedure === 'keys.create' || route.procedure === 'keys.rotate',
  too_many_runs: startsRun,
  invalid_api_key: takesKey,
  forbidden: takesKey,
  key_revoked: takesKey,
  key_expired: takesKey,
  store_unavailable: takesKey,
  store_required: changesAccounts,
  conflict: changesAccounts,
  already_rotated: ({ procedure }: ProcedureRoute) => procedure === 'keys.create' || procedure === 'keys.rotate',
  too_many_failures: takesKey,
  model_not_found: takesModel,
  not_found: (route) => takesModel(route) || namesOne(route),
  length_required: ({ method }) => method === 'POST',
  request_too_large: ({ method }) => method === 'POST',
  unsupported_media_type: takesBody,
  no_valid_answer: ({ procedure }: ProcedureRoute) => procedure === 'chat.completions.create',
  all_providers_exhausted: runsChain,
  deadline_exceeded: runsChain,
  not_ready: (route) => route.procedure === 'health.ready' || startsRun(route) || ofRun(route) || ofResponse(route),
});

/** The error codes that a route may reply with. */
function codesOf(route: ProcedureRoute): readonly ErrorCode[] {
  return CODES.filter((code) => ROUTES_OF[code]?.(route) ?? true);
}

const CODES = Object.keys(ERRORS).filter((key): key is ErrorCode => Object.hasOwn(ERRORS, key));

/** The statuses of the gateway's own errors that a route may answer with; a provider's refusal of the request itself may have any other. */
export function refusalsOf(route: ProcedureRoute): readonly number[] {
  return ascending(codesOf(route).map((code) => ERRORS[code].status));
}

/** One response for each shape of errors and each status that a route refuses with, with its codes, and one for refusals by providers. */
export function errorResponses(routes: readonly ProcedureRoute[]): Json {
  return Object.fromEntries([...Map.groupBy(routes, errorSchemaOf)].flatMap(([shape, own]) => responsesOf(shape, own)));
}

/** The name of the response by which a provider refuses a request, in one shape of errors. */
export function refusedOf(shape: ErrorShape): string {
  return shape === 'Error' ? 'Refused' : 'MessagesRefused';
}

/** The kinds of answers that errors of a shape belong to. */
export function placesOf(shape: ErrorShape): readonly HeaderPlace[] {
  return shape === 'MessagesError' ? ['messages'] : [];
}

type ErrorShape = ReturnType<typeof errorSchemaOf>;

function responsesOf(shape: ErrorShape, routes: readonly ProcedureRoute[]): [string, Json][] {
  const codes = new Set(routes.flatMap(codesOf));
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const statuses = [...byStatus].toSorted(([a], [b]) => a - b);
  return [
    ...statuses.map(([status, named]): [string, Json] => [`${shape}${status}`, errorResponse(shape, status, named)]),
    [
      refusedOf(shape),
      {
        description: 'A provider’s refusal of the request itself, in the provider’s words.',
        headers: headersOf(...placesOf(shape)),
        content: { 'application/json': { schema: ref('schemas', shape) } },
      },
    ],
  ];
}

function errorResponse(shape: ErrorShape, status: number, codes: readonly ErrorCode[]): Json {
  const names = codes.map((code) => `\`${code}\``);
  const example = status === 503 ? { example: ANSWERS[shape].example } : {};
  return {
    description: names.length === 1 ? `The code ${names.join('')}.` : `One of the codes ${names.join(', ')}.`,
    headers: headersOf(status, ...placesOf(shape)),
    content: { 'application/json': { schema: ref('schemas', shape), ...example } },
  };
}

function ascending(statuses: readonly number[]): readonly number[] {
  return [...new Set(statuses)].toSorted((a, b) => a - b);
}
