import type { Answer } from '../attempt/answer.ts';
import type { EventStream, StreamEnd } from '../domain/event-stream.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import { onEnd } from '../sse/on-end.ts';
import { type Stage, throughStages } from './stage.ts';
import type { AnswerEnd, OnEnd, RoutedCall, RunWaterfall } from './run-waterfall.ts';

/** What is known of a stream that the chain has served. */
interface ServedStream {
  ended: AnswerEnd | undefined;
  /** Set once the stream is the answer. */
  notify: ((end: StreamEnd) => void) | undefined;
}

/**
 * Puts stages around a waterfall. A stage may run it more than once: runs and streams that do not become the answer are cancelled, and end before
 * the request does, so that its record has what they cost.
 */
export function withStages(inside: RunWaterfall, stages: readonly Stage[]): RunWaterfall {
  return (request, onStreamEnd) => new StagedRun(inside, stages, onStreamEnd).answer(request);
}

class StagedRun {
  readonly #inside: RunWaterfall;
  readonly #stages: readonly Stage[];
  readonly #onStreamEnd: OnEnd;
  readonly #served = new Map<EventStream<unknown>, ServedStream>();
  /** The scope of each run that has not answered yet, and what resolves or rejects when it ends. */
  readonly #running = new Map<AbortScope, Promise<Answer>>();

  constructor(inside: RunWaterfall, stages: readonly Stage[], onStreamEnd: OnEnd) {
    this.#inside = inside;
    this.#stages = stages;
    this.#onStreamEnd = onStreamEnd;
  }

  async answer({ call, chain, scope, needs, admitted }: RoutedCall): Promise<Answer> {
    const run = throughStages(this.#stages, (staged, stagedScope) =>
      this.#runChain({
        call: staged,
        chain,
        scope: stagedScope,
        admitted,
        needs: staged === call ? needs : staged.operation.needsOf(staged.body, staged.content),
      }),
    );
    try {
      const answer = await run(call, scope);
      if (answer.kind === 'stream') return this.#return(answer.stream);
      await this.#cancelAllBut(undefined);
      return answer;
    } catch (error) {
      await this.#cancelAllBut(undefined);
      throw error;
    }
  }

  async #runChain(routed: RoutedCall): Promise<Answer> {
    const own = openAbortScope(routed.scope.signal);
    const run = this.#runBelow(own, routed);
    this.#running.set(own, run);
    try {
      return await run;
    } finally {
      this.#running.delete(own);
    }
  }

  async #runBelow(own: AbortScope, { scope, ...routed }: RoutedCall): Promise<Answer> {
    const served: ServedStream = { ended: undefined, notify: undefined };
    try {
      const answer = await this.#inside({ ...routed, scope: scope.below(own.signal) }, (ended) => {
        served.ended = ended;
        served.notify?.(ended.end);
      });
      // A committed stream's abort signal is linked through its scope, which ends with the request's.
      if (answer.kind === 'stream') this.#served.set(answer.stream, served);
      else own[Symbol.dispose]();
      return answer;
    } catch (error) {
      own[Symbol.dispose]();
      throw error;
    }
  }

  /** Resolves when all that was cancelled has ended; undefined where no run was in progress. */
  #cancelAllBut(answer: EventStream<unknown> | undefined): Promise<unknown> | undefined {
    for (const stream of this.#served.keys()) if (stream !== answer) void stream[Symbol.asyncDispose]();
    if (this.#running.size === 0) return undefined;
    for (const each of this.#running.keys()) each.abort('hedge_lost');
    return Promise.allSettled(this.#running.values());
  }

  #return(stream: EventStream<unknown>): Answer {
    const served = this.#served.get(stream);
    const notify = (end: StreamEnd): void => {
      const { usage, bytes } = served?.ended ?? this.#lastEnded() ?? NOTHING_READ;
      // First, so that what the others have used is in the trail before the request ends.
      const ending = this.#cancelAllBut(stream);
      const finish = (): void => this.#onStreamEnd({ end, usage, bytes });
      if (ending === undefined) finish();
      else void ending.then(finish);
    };
    // A stream that a stage made or wrapped ends when it ends itself, and not when a stream inside of it does.
    if (served === undefined) return { kind: 'stream', stream: onEnd(stream, notify) };
    if (served.ended === undefined) served.notify = notify;
    else notify(served.ended.end);
    return { kind: 'stream', stream };
  }

  /** Of the chain's streams that have ended, the end of the last one: a stage's own stream was made from it. */
  #lastEnded(): AnswerEnd | undefined {
    return [...this.#served.values()].findLast(({ ended }) => ended !== undefined)?.ended;
  }
}

const NOTHING_READ = Object.freeze({ usage: undefined, bytes: undefined });
