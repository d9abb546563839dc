import { responseShell } from '../dialects/openai/responses/response-shell.ts';
import type { Response } from '../domain/responses.ts';
import { parseJson } from '../lib/parse-json.ts';
import { isFinalEvent } from './final-response.ts';
import { jsonIn } from './frames.ts';
import type { KeptRun } from './kept-run.ts';

/** A run of a response as OpenAI's API shows a response in the background: with its output once that is whole. */
export function toResponse(run: KeptRun): Response {
  const { id, call, scope, createdAt, error, status } = run;
  const model = scope.report.served?.model ?? scope.report.requestedModel ?? '';
  const shell = {
    ...responseShell(call, { id, model, created: Math.floor(createdAt / 1000) }),
    ...finalResponse(run),
    background: true,
  };
  const whole = 'status' in shell && (shell.status === 'completed' || shell.status === 'incomplete');
  const failed = error === undefined ? null : { code: error.wire.code ?? 'server_error', message: error.message };
  const own = whole ? {} : { status: STATUSES[status], error: status === 'cancelled' ? null : failed };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shell has every member that the API documents
  return { ...shell, ...own } as unknown as Response;
}

const STATUSES = {
  queued: 'queued',
  running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'failed',
} as const satisfies Record<KeptRun['status'], string>;

/** The response of the event that ends it, which is the last chunk; empty where there is none yet. */
function finalResponse(run: KeptRun): object {
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
 * because the run has events of the gateway's own.
 */
export function numberBehind(run: KeptRun, sequenceNumber: number): number {
  let behind = run.log.first - 1;
  for (let number = run.log.first; number <= run.log.last; number++) {
    const frame = run.frameAt(number);
    if (!frame.isChunk) continue;
    const [, found] = SEQUENCE_NUMBER.exec(jsonIn(frame).toString('latin1')) ?? [];
    if (found === undefined || Number(found) > sequenceNumber) break;
    behind = number;
  }
  return behind;
}

/** A quotation mark within a text is escaped, so this stands only where the member is. */
const SEQUENCE_NUMBER = /(?<=[{,])"sequence_number":(\d{1,15})/;
