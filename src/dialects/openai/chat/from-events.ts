import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { joinPiece, saysNothing, takeIn } from './join-pieces.ts';
import { createToolCalls, textOf, type ToolCalls, toolCallPieces } from './tool-calls.ts';

type Fields = Record<string, unknown>;

/** A choice that is being put together. */
interface Choice {
  readonly index: number;
  /** What is said of it beside its message. */
  readonly more: Fields;
  readonly message: Fields;
  readonly calls: ToolCalls;
  /** The calls by their index. */
  readonly whole: Fields[];
}

/**
 * A whole chat completion from the chunks of its stream. In a choice's deltas texts are joined, tool calls put together and lists
 * lengthened; of everything else the last word counts, because chunks repeat it, unless it says nothing. `chunks` are parsed, in order, and
 * given away: their values become the completion's. Undefined where a choice has no finish reason: nobody can tell whether it is whole.
 */
export function completionOfChunks(chunks: readonly object[]): object | undefined {
  const head: Fields = {};
  const choices = new Map<number, Choice>();
  for (const chunk of chunks) {
    const { choices: list, ...more } = fieldsOf(chunk);
    takeIn(head, more, lastWord);
    for (const each of Array.isArray(list) ? list : []) addTo(choices, fieldsOf(each), more['id']);
  }
  const whole = [...choices.values()].toSorted((a, b) => a.index - b.index);
  if (!whole.every(({ more }) => typeof more['finish_reason'] === 'string' && more['finish_reason'] !== ''))
    return undefined;
  return { ...withoutUnknown(head), object: 'chat.completion', choices: whole.map(finished) };
}

function addTo(choices: Map<number, Choice>, sent: Readonly<Fields>, answer: unknown): void {
  const { index: at, delta, message: told, ...more } = sent;
  const index = typeof at === 'number' ? at : 0;
  const choice = choices.get(index) ?? newChoice(index);
  choices.set(index, choice);
  if (isRecord(delta)) addDelta(choice, delta, JSON.stringify([answer, index]));
  // A message is never a piece: beside a delta it repeats what was said so far, and alone it is the last word.
  else takeIn(choice.message, fieldsOf(told), lastWord);
  takeIn(choice.more, more, (before, piece, name) => joinPiece(before, piece, { name, texts: false }));
}

function newChoice(index: number): Choice {
  return { index, more: {}, message: { role: 'assistant', content: null }, calls: createToolCalls(), whole: [] };
}

function addDelta({ message, calls, whole }: Choice, delta: Readonly<Fields>, of: string): void {
  const { tool_calls: _calls, ...words } = delta;
  joinMembers(message, words);
  for (const piece of toolCallPieces(delta)) {
    const { index, function: fn, ...more } = calls.mend(piece, { of, whole: false });
    const call = (whole[Number(index)] ??= {});
    joinMembers(call, more);
    if (fn !== undefined) call['function'] = withWords(fieldsOf(call['function']), fieldsOf(fn));
  }
}

/** Of a function the name comes in pieces too, once it is mended. */
function withWords(before: Readonly<Fields>, { name, ...more }: Readonly<Fields>): Fields {
  const words = { ...before, name: textOf(before['name']) + textOf(name) };
  joinMembers(words, more);
  return words;
}

function joinMembers(into: Fields, more: Readonly<Fields>): void {
  takeIn(into, more, (before, piece, name) => joinPiece(before, piece, { name, texts: true }));
}

function finished({ index, more, message, whole }: Choice): object {
  const calls = whole.length === 0 ? {} : { tool_calls: whole };
  return { index, message: { ...withoutUnknown(message, ['content']), ...calls }, ...withoutUnknown(more) };
}

/** Azure's lead-ins and others' usage chunks are dated 0. */
function lastWord(before: unknown, value: unknown): unknown {
  return before !== undefined && (saysNothing(value) || value === 0) ? before : value;
}

/** Null, where no chunk had more to say than that, is not said at all. */
function withoutUnknown(fields: Readonly<Fields>, but: readonly string[] = []): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null || but.includes(name)));
}
