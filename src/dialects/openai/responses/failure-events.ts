import type { GatewayError } from '../../../domain/errors.ts';
import type { SseEvent } from '../../../domain/stream-grammar.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { type FailedResponse, responseFailure } from '../../../operations/responses-error-events.ts';
import { namedEvent } from '../../../sse/framing.ts';

/** The events that end a response which has failed. `shown`: what the client has of it. */
export function failureEvents(error: GatewayError, shown: FailedResponse): readonly SseEvent[] {
  return responseFailure(error, shown).map((event) =>
    namedEvent(String(fieldsOf(event)['type']), JSON.stringify(event)),
  );
}
