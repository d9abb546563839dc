import type { ReplyHead } from '../upstream/transport.ts';
import type { Reception, ReceptionContext } from './attempt-context.ts';
import { readRefusal } from './read-refusal.ts';
import { failureOfReading, isTimeout } from './failures.ts';
import { failureOfBreakage } from './stream-ends.ts';

/** More of an error's body is not read, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Receives a refusal: what there is of its body is read, and says what the attempt came to. */
export function receiveRefusal(context: ReceptionContext, head: ReplyHead): Reception {
  const pieces: Buffer[] = [];
  let size = 0;

  function read(): void {
    const redirect = head.status >= 300 && head.status < 400;
    const body = Buffer.concat(pieces);
    const reading = readRefusal(context, (by) => context.tools.dialect.read(head, body, by));
    const failure = redirect
      ? ({ kind: 'malformed', message: `A redirect (${head.status}) is not followed.`, status: head.status } as const)
      : failureOfReading(reading, context.redact);
    context.settle({ kind: 'failed', failure, added: [] });
  }

  return {
    data(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (size > MAX_ERROR_BYTES) read();
    },
    end: read,
    broke(how) {
      // The status is known; a body that never comes does not change what it means.
      if (how.kind !== 'unreadable' && (how.kind !== 'given_up' || isTimeout(how.code))) read();
      else context.settle({ kind: 'failed', failure: failureOfBreakage(how, head.status), added: [] });
    },
  };
}
