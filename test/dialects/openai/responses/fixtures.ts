import { readFileSync } from 'node:fs';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import type { AnswerContext } from '../../../../src/dialects/codec.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import type { Usage } from '../../../../src/domain/usage.ts';
import { callOf } from '../../../helpers/call.ts';

const DIRECTORY = 'test/fixtures/dialects';

/** A case of the hardest ones. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly in: unknown;
  readonly want: Record<string, unknown>;
  readonly request?: Record<string, unknown>;
}

/** The case of an id. */
export function caseOf(id: string): Case {
  const { cases } = JSON.parse(readFileSync(`${DIRECTORY}/cases.json`, 'utf8')) as { cases: readonly Case[] };
  const found = cases.find((each) => each.id === id);
  if (found === undefined) throw new Error(`There is no case ${id}.`);
  return found;
}

/** The data of an event, parsed. */
export function dataOf({ data }: SseEvent): Record<string, unknown> {
  return JSON.parse(data.toString('utf8')) as Record<string, unknown>;
}

/** The context of an answer to a Responses call. */
export function contextOf(input: object = { model: 'm', input: 'a' }, stream = true): AnswerContext {
  return { call: callOf({ operation: 'responses', input, stream }), quirks: NO_QUIRKS, model: 'm' };
}

/** What a client is shown of a stream, and what else the grammar says of it. */
export interface Shown {
  readonly events: readonly SseEvent[];
  readonly seen: readonly Inspection[];
  readonly usage: Usage | undefined;
  readonly complete: boolean;
}

/** Reads a stream as the gateway does, up to its end, its error or its end mark. */
export function shownBy(grammar: StreamGrammar, stream: readonly SseEvent[]): Shown {
  const events: SseEvent[] = [];
  const seen: Inspection[] = [];
  let usage: Usage | undefined;
  for (const event of stream) {
    const inspection = grammar.inspect(event);
    seen.push(inspection);
    usage = inspection.usage ?? usage;
    if (inspection.done || inspection.error !== undefined) break;
    if (inspection.show) events.push(...(inspection.instead ?? [event]));
  }
  const complete = grammar.complete();
  if (complete) events.push(...grammar.finish());
  return { events, seen, usage, complete };
}
