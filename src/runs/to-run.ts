import { NO_QUIRKS } from '../catalog/preset.ts';
import { ownCodecOf } from '../dialects/codec-of.ts';
import { abortError } from '../domain/abort-error.ts';
import type { Quirks } from '../domain/chain.ts';
import type { ChatCompletion } from '../domain/chat.ts';
import type { Run } from '../domain/run.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import { runInSlices } from '../lib/steps.ts';
import { completionUsage } from './completion-usage.ts';
import { type KeptRun, runError } from './kept-run.ts';
import { jsonIn } from './frames.ts';
import type { ReadableRun } from './readable-run.ts';

/** A run as clients see it, without its answer. `expiresAt`: when it is removed, in milliseconds since the epoch; undefined before its end. */
export function toRun(run: KeptRun, expiresAt: number | undefined): Run {
  const { id, status, log, scope, createdAt, endedAt, error } = run;
  return {
    id,
    object: 'run',
    status,
    model: scope.report.requestedModel ?? null,
    created_at: seconds(createdAt),
    ended_at: endedAt === undefined ? null : seconds(endedAt),
    expires_at: expiresAt === undefined ? null : seconds(expiresAt),
    last_event_id: log.last === 0 ? null : `${id}:${log.last}`,
    usage: run.over ? completionUsage(scope.report.trail) : null,
    error: error === undefined ? null : runError(error),
    answer: null,
  };
}

/** The chunks are judged and in the form that clients read already. */
const AS_DELIVERED: Quirks = Object.freeze({ ...NO_QUIRKS, finishReason: 'optional' });

/**
 * The answer of a completed run, which the chunks from an event on are. A large one is put together in several turns of the event loop. Null where its events are not all
 * kept. Rejects with the abort's error.
 */
export async function answerOf(
  run: ReadableRun,
  { answerFrom, signal }: { readonly answerFrom: number; readonly signal: AbortSignal },
): Promise<ChatCompletion | null> {
  if (run.log.first > answerFrom) return null;
  const chunks: Buffer[] = [];
  for (let number = answerFrom; number <= run.log.last; number++) {
    const frame = run.frameAt(number);
    if (frame.isChunk) chunks.push(jsonIn(frame));
  }
  const steps = ownCodecOf(run.operation).fromEvents(chunks, { quirks: AS_DELIVERED });
  if (steps === undefined) return null;
  const { promise, resolve, reject } = Promise.withResolvers<ChatCompletion | null>();
  using slices = new DisposableStack();
  slices.use(onAbort(signal, () => reject(abortError(abortCode(signal)))));
  slices.use(runInSlices(steps, { done: (json) => resolve(json === undefined ? null : parsed(json)), failed: reject }));
  return await promise;
}

function parsed(json: Buffer): ChatCompletion {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- put together from chunks; the type is what the API documents
  return JSON.parse(json.toString('utf8')) as ChatCompletion;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
