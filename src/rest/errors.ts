import type { GatewayError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { RequestIds } from '../domain/scope.ts';
import { addOperationHeader, errorHeaders, JSON_HEADERS, keepsConnection } from '../door/headers.ts';
import type { BytesReply } from '../door/request.ts';
import { openaiErrorBody } from '../operations/openai-error-body.ts';

/** What was requested, and the ids of the request. */
export interface FailedRequest {
  readonly operation: Operation;
  readonly ids: RequestIds;
}

/** An error as a reply, with the error body of the operation's API; OpenAI's where the request reached no operation. */
export function errorReply(
  error: GatewayError,
  headers: Readonly<Record<string, string>>,
  failed?: FailedRequest,
): BytesReply {
  const body = failed === undefined ? openaiErrorBody(error) : failed.operation.errorBody(error, failed.ids);
  const own = { ...headers, ...errorHeaders(error), ...JSON_HEADERS };
  if (failed !== undefined) addOperationHeader(own, failed.operation, failed.ids);
  return {
    kind: 'bytes',
    keepsConnection: keepsConnection(error),
    status: error.status,
    headers: own,
    body: Buffer.from(JSON.stringify(body)),
  };
}
