import type { Failure } from '../domain/outcome.ts';
import { runInSlices, type Steps } from '../lib/steps.ts';
import { readReply } from '../refusals/read.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { AttemptContext, BodyReceiver } from './attempt-context.ts';
import { failureOfReading, failureOfThrow } from './failures.ts';
import { readRefusal } from './read-refusal.ts';
import { failureOfInterruption, isCancelledByRequest } from './stream-failures.ts';

/** Bytes of an error's body that are read at most. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Receives a refusal: reads as much of its body as arrives, and settles the attempt with what it means. */
export function receiveRefusal(context: AttemptContext, head: ReplyHead): BodyReceiver {
  const pieces: Buffer[] = [];
  let size = 0;
  let judged = false;

  /** In two steps: the code of both is cold at the first refusal of a process, and together they hold the event loop for long. */
  function* judge(): Steps<Failure> {
    const redirect = head.status >= 300 && head.status < 400;
    const body = Buffer.concat(pieces);
    const reading = readRefusal(context, (options) => readReply(head, body, options));
    yield;
    return redirect
      ? { kind: 'malformed', message: `A redirect (${head.status}) is not followed.`, status: head.status }
      : failureOfReading(reading, context.redact);
  }

  const fail = (failure: Failure): void => context.settle({ kind: 'failed', failure, added: [] });

  function settle(): void {
    if (judged) return;
    judged = true;
    runInSlices(judge(), { done: fail, failed: (thrown) => fail(failureOfThrow(thrown)) });
  }

  return {
    data(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (size > MAX_ERROR_BYTES) settle();
    },
    end: settle,
    interrupted(how) {
      // The status is known; a body that never arrives does not change what it means.
      if (how.kind !== 'unreadable' && !isCancelledByRequest(how)) settle();
      else fail({ ...failureOfInterruption(how, head.status), status: head.status });
    },
  };
}
