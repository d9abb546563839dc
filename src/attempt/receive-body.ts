import { rawBody } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Reception, ReceptionContext } from './reception.ts';
import { failureOfAbort, failureOfReading, isTimeout } from './failures.ts';

/** More of an error's body is not read, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;
/** The largest JSON answer, in bytes: images in base64 fit. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Receives a JSON answer: commits on a parsed, valid body. */
export function receiveJson(context: ReceptionContext): Reception {
  const { tools, options, watchdogs } = context;
  const pieces: Buffer[] = [];
  let size = 0;
  const fail = (failure: Failure): void => context.settle({ kind: 'failed', failure, added: [] });
  const malformed = (message: string): void => fail({ kind: 'malformed', message, status: context.head.status });

  return {
    data(bytes) {
      watchdogs.data();
      pieces.push(bytes);
      size += bytes.length;
      if (size > MAX_ANSWER_BYTES) malformed('The answer is too large.');
    },
    end() {
      const encoding = context.head.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity')
        return malformed('The answer is compressed, which was not asked for.');
      const body = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      const verdict = tools.dialect.judge(options.call, body);
      if (verdict.kind === 'answer') {
        Object.defineProperty(verdict.value, rawBody, { value: body });
        return context.settle({
          kind: 'answered',
          answer: { kind: 'json', value: verdict.value, usage: verdict.usage },
        });
      }
      if (verdict.error === undefined) return malformed(verdict.problem);
      return fail(
        failureOfReading(tools.dialect.readError(verdict.error, tools.clock.now()), tools.redact, 'malformed'),
      );
    },
    broke({ message, code }) {
      if (code === undefined) malformed(message);
      else fail(failureOfAbort(code));
    },
  };
}

/** Receives a refusal: what there is of its body is read, and says what the attempt came to. */
export function receiveRefusal(context: ReceptionContext): Reception {
  const { tools, head } = context;
  const pieces: Buffer[] = [];
  let size = 0;

  function read(): void {
    const redirect = head.status >= 300 && head.status < 400;
    const reading = tools.dialect.read(head, Buffer.concat(pieces), tools.clock.now());
    const failure = redirect
      ? ({ kind: 'malformed', message: `A redirect (${head.status}) is not followed.`, status: head.status } as const)
      : failureOfReading(reading, tools.redact);
    context.settle({ kind: 'failed', failure, added: [] });
  }

  return {
    data(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (size > MAX_ERROR_BYTES) read();
    },
    end: read,
    broke({ code }) {
      // The status is known; a body that never comes does not change what it means.
      if (code === undefined || isTimeout(code)) read();
      else context.settle({ kind: 'failed', failure: failureOfAbort(code), added: [] });
    },
  };
}
