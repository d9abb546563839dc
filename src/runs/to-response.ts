import { type ResponseShell, responseShell } from '../dialects/openai/responses/response-shell.ts';
import type { WireError } from '../domain/errors.ts';
import type { Response } from '../domain/responses.ts';
import type { RunStatus } from '../domain/run.ts';
import { parseJson } from '../lib/parse-json.ts';
import { memberOf } from '../lib/record.ts';
import { expired } from './event-position.ts';
import { isFinalEvent } from './final-response.ts';
import { jsonIn } from './frames.ts';
import type { KeptRun } from './kept-run.ts';
import type { ReadableRun } from './readable-run.ts';

/** A run of a response, and what is known of it beside its events. */
export interface ResponseRun {
  readonly run: Pick<ReadableRun, 'log' | 'frameAt'>;
  readonly status: RunStatus;
  readonly error: WireError | undefined;
  /** The response in progress. */
  readonly shell: ResponseShell;
}

/** A run of a response as OpenAI's API shows a response in the background: with its output once that is whole. */
export function toResponse({ run, status, error, shell: begun }: ResponseRun): Response {
  const shell: ResponseShell = { ...begun, ...finalResponse(run) };
  const whole = shell['status'] === 'completed' || shell['status'] === 'incomplete';
  // Its output is in its last event. Where that is no longer kept, the response must not look complete.
  const failure = error ?? (status === 'completed' ? expired().wire : undefined);
  const failed = failure === undefined ? null : { code: failure.code ?? 'server_error', message: failure.message };
  const own = whole ? {} : { status: STATUSES[status], error: status === 'cancelled' ? null : failed };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shell has every member that the API documents
  return { ...shell, ...own } as unknown as Response;
}

/** The response of a run in progress. */
export function shellOf({ id, call, scope, createdAt }: KeptRun): ResponseShell {
  const model = scope.report.served?.model ?? scope.report.requestedModel ?? '';
  return responseShell(call, { id, model, created: Math.floor(createdAt / 1000) });
}

/** The status of a response whose last event is not there, by that of its run. */
const STATUSES = {
  queued: 'queued',
  running: 'in_progress',
  completed: 'failed',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'failed',
} as const satisfies Record<RunStatus, string>;

/** The response of the event that ends it, which is the last chunk; empty where there is none yet. */
function finalResponse(run: ResponseRun['run']): object {
  for (let number = run.log.last; number >= run.log.first; number--) {
    const frame = run.frameAt(number);
    if (!frame.isChunk) continue;
    const event = parseJson(jsonIn(frame).toString('utf8'));
    return isFinalEvent(event) ? Object(event.response) : {};
  }
  return {};
}

/**
 * The number of the event behind which a reader continues that has all events of the response up to this sequence number. The number of an event of the run is another one,
 * because the run has events of the gateway's own. Throws `run_events_expired` where the reader's next event is no longer kept.
 */
export function numberBehind(run: ResponseRun['run'], sequenceNumber: number): number {
  const { first, last } = run.log;
  // The first event with a larger number, by bisection: an event may be as large as the whole answer.
  let low = first;
  let high = last + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sequenceNumberAt(run, middle) > sequenceNumber) high = middle;
    else low = middle + 1;
  }
  const isCut = low === first && first > 1 && sequenceNumberAt(run, first) > sequenceNumber + 1;
  if (isCut) throw expired();
  return low - 1;
}

/** The sequence number of an event, or of the next one that is the response's; infinite behind the last, and for one without a number. */
function sequenceNumberAt(run: ResponseRun['run'], from: number): number {
  for (let number = from; number <= run.log.last; number++) {
    const frame = run.frameAt(number);
    if (!frame.isChunk) continue;
    const found = memberOf(parseJson(jsonIn(frame).toString('utf8')), 'sequence_number');
    return typeof found === 'number' ? found : Infinity;
  }
  return Infinity;
}
