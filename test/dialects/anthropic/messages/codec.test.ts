import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import type { AnswerContext } from '../../../../src/dialects/codec.ts';
import { anthropicMessages } from '../../../../src/dialects/anthropic/messages/codec.ts';
import type { Inspection, StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import type { Usage } from '../../../../src/domain/usage.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { callOf } from '../../../helpers/call.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';

const FIXTURES = fixturesOf('messages');

function contextOf(body: object, stream = true): AnswerContext {
  return { call: callOf({ operation: 'messages', input: body, stream }), quirks: NO_QUIRKS, model: 'm' };
}

function lettersOf({ token, feeds, usage, error, done, show }: Inspection, finishes: boolean): string {
  if (error !== undefined) return 'E';
  if (done) return 'D';
  const letters = `${token ? 'T' : ''}${finishes ? 'F' : ''}${usage === undefined ? '' : 'U'}`;
  if (letters !== '') return letters;
  return feeds ? '-' : show ? '.' : '';
}

function folded(events: readonly Buffer[], context: AnswerContext): unknown {
  const steps = anthropicMessages.fromEvents(events, context);
  return JSON.parse(String(steps && runAtOnce(steps)));
}

function readAll(grammar: StreamGrammar, stream: Buffer): { letters: string[]; usage: Usage | undefined } {
  const letters: string[] = [];
  let usage: Usage | undefined;
  for (const event of eventsIn(stream)) {
    const before = grammar.complete();
    const seen = grammar.inspect(event);
    usage = seen.usage ?? usage;
    letters.push(lettersOf(seen, !before && grammar.complete()));
  }
  return { letters, usage };
}

describe.each(FIXTURES)('$id', ({ stream, gate, neutral, request, response }) => {
  test('each event means to the gate what the fixture says', () => {
    const grammar = anthropicMessages.grammar(contextOf(request.body));
    const { letters, usage } = readAll(grammar, stream);
    expect(letters).toEqual(gate);
    expect([grammar.complete(), grammar.settled()]).toEqual([neutral !== undefined, neutral !== undefined]);
    if (neutral === undefined) return;
    const { input, cacheRead, cacheWrite, output, reasoning } = neutral.usage;
    expect({ input: usage?.input, output: usage?.output }).toEqual({ input, output });
    expect([usage?.cachedInput ?? 0, usage?.cacheWrite ?? 0, usage?.reasoning ?? 0]).toEqual([
      cacheRead,
      cacheWrite,
      reasoning,
    ]);
    expect(grammar.finish().map(({ name }) => name)).toEqual(['message_stop']);
  });

  if (response !== undefined)
    test('its events make the JSON answer, and the JSON answer makes a stream', () => {
      const context = contextOf(request.body, false);
      const made = folded(
        eventsIn(stream).map(({ data }) => data),
        context,
      );
      expect(made).toMatchObject(response ?? {});
      const events = [...(anthropicMessages.toEvents(response ?? {}, context) ?? [])].filter(
        (each) => each !== undefined,
      );
      const again = folded(
        events.map(({ data }) => data),
        context,
      );
      expect(again).toEqual({ stop_details: null, ...response });
      const grammar = anthropicMessages.grammar(context);
      for (const { name, data } of events)
        expect(grammar.inspect({ name, data, plain: undefined }).unreadable).toBe(undefined);
      expect(grammar.complete()).toBe(true);
    });

  if (response !== undefined)
    test('its JSON is an answer with the same usage', () => {
      const body = Buffer.from(JSON.stringify(response));
      const verdict = runAtOnce(anthropicMessages.judge(body, contextOf(request.body, false)));
      expect(verdict.kind).toBe('answer');
      if (verdict.kind === 'answer') expect(verdict.usage?.input).toBe(neutral?.usage.input);
    });
});
