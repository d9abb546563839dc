import type { ErrorCode, GatewayError } from '../domain/errors.ts';
import { errorHeaders, JSON_HEADERS, STREAM_HEADERS } from '../door/headers.ts';
import type { BytesReply } from '../door/request.ts';
import { type ErrorPlace, errorShape } from '../router/errors.ts';
import { trpcFraming } from '../sse/framing.ts';

type Headers = Readonly<Record<string, string>>;

const BEFORE = Buffer.from('{"result":{"data":');
const AFTER = Buffer.from('}}');

/** An answer in tRPC's envelope, around the upstream's own bytes. */
export function resultReply(json: Buffer, headers: Headers): BytesReply {
  const body = Buffer.concat([BEFORE, json, AFTER]);
  return { kind: 'bytes', status: 200, headers: { ...headers, ...JSON_HEADERS }, body };
}

/** An error in tRPC's envelope, under its real status. */
export function errorReply(error: GatewayError, place: ErrorPlace, headers: Headers = {}): BytesReply {
  return {
    kind: 'bytes',
    status: error.status,
    headers: { ...headers, ...errorHeaders(error), ...JSON_HEADERS },
    body: Buffer.from(JSON.stringify({ error: errorShape(error, place) })),
  };
}

/** Refusals of the request's form, which no client of tRPC's causes: they are plain HTTP even where a stream was asked for. */
const OF_FORM: ReadonlySet<ErrorCode> = new Set([
  'request_timeout',
  'request_too_large',
  'unsupported_media_type',
  'method_not_allowed',
]);

/**
 * The error of a subscription before its first event. An EventSource shows no body but that of a stream, so the error goes in one,
 * under status 200, as tRPC itself does it; the real status stands in `data`.
 */
export function subscriptionErrorReply(error: GatewayError, place: ErrorPlace, headers: Headers = {}): BytesReply {
  if (OF_FORM.has(error.code)) return errorReply(error, place, headers);
  const framing = trpcFraming((each) => errorShape(each, place));
  return {
    kind: 'bytes',
    status: 200,
    headers: { ...headers, ...STREAM_HEADERS },
    body: Buffer.from(framing.head + framing.failed(error)),
  };
}
