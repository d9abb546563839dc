import { rawBody } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { SseEvent, StreamGrammar } from '../domain/stream-grammar.ts';
import { estimateUsage, type Usage } from '../domain/usage.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { createBodyReader, MAX_ANSWER_BYTES, typeOf } from './body-reader.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { Reception, ReceptionContext } from './attempt-context.ts';
import { readRefusal } from './read-refusal.ts';
import { failureOfAbort, failureOfReport, isTimeout } from './failures.ts';

/** Receives a JSON answer: commits on a parsed, valid body, or on a stream's whole answer where the server sent one unasked. */
export function receiveJson(context: ReceptionContext, head: ReplyHead): Reception {
  const { tools, options, watchdogs } = context;
  const { dialect } = tools;
  const { call, target } = options;
  // Only for a stream that comes in the place of JSON.
  let begun: StreamGrammar | undefined;
  const grammar = (): StreamGrammar => (begun ??= dialect.grammar(call, target.quirks));
  const events: Buffer[] = [];
  let size = 0;
  let over = false;
  let streamed: Usage | undefined;

  function fail(failure: Failure): void {
    over = true;
    context.settle({ kind: 'failed', failure, added: [] });
  }

  function malformed(message: string): void {
    fail({ kind: 'malformed', message, status: head.status });
  }

  function reported(error: ReportedError): void {
    fail(
      failureOfReport(
        readRefusal(context, (by) => dialect.readError(error, by)),
        context.redact,
      ),
    );
  }

  function judge(body: Buffer, counted?: Usage): void {
    const verdict = dialect.judge(call, body);
    if (verdict.kind === 'unusable') {
      return verdict.error === undefined ? malformed(verdict.problem) : reported(verdict.error);
    }
    const { value, outputBytes } = verdict;
    const mended = dialect.mend(value, body, target.quirks);
    const answer = mended === body ? value : Object(JSON.parse(mended.toString('utf8')));
    Object.defineProperty(answer, rawBody, { value: mended });
    const usage = verdict.usage ?? counted ?? estimateUsage(call.input, outputBytes);
    context.settle({ kind: 'answered', answer: { kind: 'json', value: answer, usage } });
  }

  function onEvent(event: SseEvent): void {
    if (over) return;
    const seen = grammar().inspect(event);
    streamed = seen.usage ?? streamed;
    if (seen.error !== undefined) return reported(seen.error);
    if (seen.done) return ended();
    if (seen.feeds) watchdogs.data();
    if (!seen.show && !seen.feeds) return;
    const data = seen.mended ?? event.data;
    size += data.length;
    if (size > MAX_ANSWER_BYTES) return malformed('The answer is too large.');
    // A copy: the event lies in the memory of a whole read.
    events.push(Buffer.from(data));
  }

  function ended(): void {
    // Whatever is thrown on the way, it was the end.
    over = true;
    const body = grammar().complete() ? dialect.fromEvents(call, events) : undefined;
    if (body === undefined) return malformed('A stream came where JSON was asked, and it holds no whole answer.');
    judge(body, streamed);
  }

  const reader = createBodyReader(typeOf(head), {
    onEvent,
    onText(body) {
      over = true;
      judge(body);
    },
    onTooLarge: malformed,
    onMore: () => watchdogs.data(),
  });
  return {
    data: (bytes) => reader.push(bytes),
    end() {
      reader.end();
      if (!over) ended();
    },
    broke(how) {
      if (over) return;
      // A stream that came in its place may be whole without its end mark.
      const left = how.kind === 'given_up' && !isTimeout(how.code);
      if (how.kind !== 'unreadable' && !left && begun?.settled() === true) return ended();
      if (how.kind !== 'given_up') malformed(how.message);
      else fail(failureOfAbort(how.code));
    },
  };
}
