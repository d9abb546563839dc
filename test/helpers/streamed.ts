import type { AnswerContext, Codec } from '../../src/dialects/codec.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../src/domain/stream-grammar.ts';

/** What became of a stream. */
export interface Streamed {
  /** The events that the client gets, with the last ones where the stream is complete. */
  readonly shown: readonly SseEvent[];
  readonly inspections: readonly Inspection[];
  readonly complete: boolean;
  readonly grammar: StreamGrammar;
}

/** Reads a provider's events as an attempt does, up to an error or the end mark. */
export function streamed(codec: Codec, events: readonly SseEvent[], context: AnswerContext): Streamed {
  const grammar = codec.grammar(context);
  const shown: SseEvent[] = [];
  const inspections: Inspection[] = [];
  let isOver = false;
  const inspect = (event: SseEvent): void => {
    if (isOver) return;
    const seen = grammar.inspect(event);
    if (seen.pieces !== undefined) return seen.pieces.forEach(inspect);
    inspections.push(seen);
    if (seen.show) shown.push(...(seen.instead ?? [event]));
    isOver = seen.done || seen.error !== undefined || seen.unreadable === true;
  };
  events.forEach(inspect);
  const complete = grammar.complete() && inspections.every(({ error }) => error === undefined);
  if (complete) shown.push(...grammar.finish());
  return { shown, inspections, complete, grammar };
}

/** The data of events, parsed. */
export function valuesOf(events: readonly SseEvent[]): unknown[] {
  return events.map(({ data }) => JSON.parse(data.toString('utf8')) as unknown);
}
