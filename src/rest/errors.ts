import type { GatewayError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import { errorHeaders, JSON_HEADERS } from '../door/headers.ts';
import type { BytesReply } from '../door/request.ts';
import { openaiErrorBody } from '../operations/openai-error-body.ts';

/** An error as a reply, with the error body of an operation's API; OpenAI's where the request reached no operation. */
export function errorReply(
  error: GatewayError,
  headers: Readonly<Record<string, string>>,
  errorBody: Operation['errorBody'] = openaiErrorBody,
): BytesReply {
  return {
    kind: 'bytes',
    status: error.status,
    headers: { ...headers, ...errorHeaders(error), ...JSON_HEADERS },
    body: Buffer.from(JSON.stringify(errorBody(error))),
  };
}
