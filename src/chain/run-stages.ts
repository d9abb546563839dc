import type { Answer } from '../attempt/answer.ts';
import type { EventStream, StreamEnd } from '../domain/event-stream.ts';
import type { Usage } from '../domain/usage.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import { onEnd } from '../sse/on-end.ts';
import { type Stage, throughStages } from './stage.ts';
import type { OnEnd, Walk } from './walk.ts';

/** What is known of a stream that the chain has served. */
interface Served {
  end: StreamEnd | undefined;
  usage: Usage | undefined;
  /** Set once it is the answer. */
  tell: ((end: StreamEnd) => void) | undefined;
}

/** Puts stages around a walk. A stage may ask more than once: what it has asked for and handed to nobody does not go on. */
export function createStagedWalk(inside: Walk, stages: readonly Stage[]): Walk {
  return async ({ call, chain, scope }, told) => {
    const served = new Map<EventStream<unknown>, Served>();
    const walks = new Set<AbortScope>();
    const walk = throughStages(stages, async (staged, stagedScope) => {
      const own: Served = { end: undefined, usage: undefined, tell: undefined };
      const way = openAbortScope(stagedScope.signal);
      walks.add(way);
      const tell: OnEnd = (end, usage) => {
        own.end = end;
        own.usage = usage;
        own.tell?.(end);
      };
      try {
        const answer = await inside({ call: staged, chain, scope: stagedScope.below(way.signal) }, tell);
        // A committed stream's wire runs through its scope, which goes with the request's.
        if (answer.kind === 'stream') served.set(answer.stream, own);
        else way[Symbol.dispose]();
        return answer;
      } catch (error) {
        way[Symbol.dispose]();
        throw error;
      } finally {
        walks.delete(way);
      }
    });

    function dropAllBut(answer: EventStream<unknown> | undefined): void {
      for (const stream of served.keys()) if (stream !== answer) void stream[Symbol.asyncDispose]();
      for (const way of walks) way.abort('hedge_lost');
    }

    function handOut(stream: EventStream<unknown>): Answer {
      const tell = (end: StreamEnd): void => {
        told(end, [...served.values()].findLast((each) => each.usage !== undefined)?.usage);
        dropAllBut(stream);
      };
      const own = served.get(stream);
      // What a stage has made or wrapped ends when it ends, and not when what is inside of it does.
      if (own === undefined) return { kind: 'stream', stream: onEnd(stream, tell) };
      if (own.end === undefined) own.tell = tell;
      else tell(own.end);
      return { kind: 'stream', stream };
    }

    try {
      const answer = await walk(call, scope);
      if (answer.kind === 'stream') return handOut(answer.stream);
      dropAllBut(undefined);
      return answer;
    } catch (error) {
      dropAllBut(undefined);
      throw error;
    }
  };
}
