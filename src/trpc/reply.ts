import type { ErrorCode, GatewayError } from '../domain/errors.ts';
import { errorHeaders, JSON_HEADERS, keepsConnection, STREAM_HEADERS } from '../door/headers.ts';
import type { BytesReply } from '../door/request.ts';
import { type ErrorPlace, errorShape } from '../router/errors.ts';
import { trpcFraming } from '../sse/framing.ts';

type Headers = Readonly<Record<string, string>>;

const PREFIX = Buffer.from('{"result":{"data":');
const SUFFIX = Buffer.from('}}');

/** A result in tRPC's envelope, around the upstream's own bytes. `headers`: with those of a JSON body. */
export function resultReply(json: Buffer, headers: Headers): BytesReply {
  return { kind: 'bytes', status: 200, headers, body: Buffer.concat([PREFIX, json, SUFFIX]) };
}

/** An error in tRPC's envelope, under its real status. */
export function errorReply(error: GatewayError, place: ErrorPlace, headers: Headers = {}): BytesReply {
  return {
    kind: 'bytes',
    keepsConnection: keepsConnection(error),
    status: error.status,
    headers: { ...headers, ...errorHeaders(error), ...JSON_HEADERS },
    body: Buffer.from(JSON.stringify({ error: errorShape(error, place) })),
  };
}

/** Errors in the request's form, which no client of tRPC's causes: they are plain HTTP replies even where a stream was requested. */
const FORM_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'request_timeout',
  'request_too_large',
  'unsupported_media_type',
  'method_not_allowed',
]);

/**
 * The error of a subscription before its first event. An EventSource exposes no body but a stream's, so the error is sent in a stream
 * with status 200, as tRPC itself does; the real status is in `data`.
 */
export function subscriptionErrorReply(error: GatewayError, place: ErrorPlace, headers: Headers = {}): BytesReply {
  if (FORM_ERRORS.has(error.code)) return errorReply(error, place, headers);
  const framing = trpcFraming((each) => errorShape(each, place));
  return {
    kind: 'bytes',
    keepsConnection: keepsConnection(error),
    status: 200,
    headers: { ...headers, ...STREAM_HEADERS },
    body: Buffer.from(framing.head + framing.failed({ kind: 'failed', error })),
  };
}
