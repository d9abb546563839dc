import type { GatewayError } from '../domain/errors.ts';
import { type RequestIds } from '../domain/scope.ts';

/** What was shown of a response that failed: the members of the response so far, and the number of the next event. */
export interface FailedResponse {
  readonly response: Readonly<Record<string, unknown>>;
  readonly sequenceNumber: number;
}

/**
 * The failure of a response's stream in its two events. `error` has its members twice: flat as the API documents them, and nested because OpenAI's client
 * for JavaScript raises for nothing else. `response.failed` is the event that coding agents read.
 */
export function responseFailure(error: GatewayError, { response, sequenceNumber }: FailedResponse): readonly object[] {
  const { message, type, param, code } = error.wire;
  return [
    {
      type: 'error',
      sequence_number: sequenceNumber,
      code,
      message,
      param,
      error: { type, code, message, param },
    },
    {
      type: 'response.failed',
      sequence_number: sequenceNumber + 1,
      response: { ...response, status: 'failed', error: { code: code ?? 'server_error', message } },
    },
  ];
}

/** The failure of a stream of which nothing was shown. */
export function responsesErrorEvents(error: GatewayError, ids: RequestIds): string {
  const response = { id: `resp_${ids.id}`, object: 'response', output: [], usage: null };
  return responseFailure(error, { response, sequenceNumber: 0 })
    .map((event) => `event: ${String(Reflect.get(event, 'type'))}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}
