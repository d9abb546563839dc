import type { Quirks } from '../../../domain/chain.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Steps } from '../../../lib/steps.ts';
import { isBlank, joinPiece, mergeInto } from './join-pieces.ts';
import { createToolCalls, textOf, type ToolCalls, toolCallPieces } from './tool-calls.ts';

type Fields = Record<string, unknown>;

/** A choice that is being put together. */
interface Choice {
  readonly index: number;
  /** The choice's members beside its message. */
  readonly more: Fields;
  readonly message: Fields;
  /** Mends the pieces of tool calls. */
  readonly calls: ToolCalls;
  /** The tool calls so far, by their index. */
  readonly toolCalls: Fields[];
}

/**
 * A whole chat completion from the chunks of its stream. In a choice's deltas, texts are joined, tool calls are put together and lists are
 * appended. Of every other member the last value counts that is not blank, because chunks repeat them. `chunks` are parsed and in order; they
 * are consumed, one a step, as their values become the completion's. Undefined where a choice has no finish reason and the server must send one: it may
 * not be complete. Without one its finish reason is null.
 */
export function* completionOfChunks(
  chunks: readonly object[],
  { finishReason }: Pick<Quirks, 'finishReason'>,
): Steps<object | undefined> {
  const head: Fields = {};
  const choices = new Map<number, Choice>();
  for (const chunk of chunks) {
    const { choices: list, ...more } = fieldsOf(chunk);
    mergeInto(head, more, lastValue);
    for (const each of Array.isArray(list) ? list : []) addTo(choices, fieldsOf(each), more['id']);
    yield;
  }
  const ordered = [...choices.values()].toSorted((a, b) => a.index - b.index);
  if (finishReason === 'required' && !ordered.every(({ more }) => textOf(more['finish_reason']) !== ''))
    return undefined;
  return { ...withoutNulls(head), object: 'chat.completion', choices: ordered.map(finished) };
}

function addTo(choices: Map<number, Choice>, sent: Readonly<Fields>, answerId: unknown): void {
  const { index: sentIndex, delta, message, ...more } = sent;
  const index = typeof sentIndex === 'number' ? sentIndex : 0;
  const choice = choices.get(index) ?? newChoice(index);
  choices.set(index, choice);
  if (isRecord(delta)) addDelta(choice, delta, JSON.stringify([answerId, index]));
  // A message is never a piece: beside a delta it repeats everything so far, and alone it is the final value.
  else mergeInto(choice.message, fieldsOf(message), lastValue);
  mergeInto(choice.more, more, (before, piece, name) => joinPiece(before, piece, { name, texts: false }));
}

function newChoice(index: number): Choice {
  return { index, more: {}, message: { role: 'assistant', content: null }, calls: createToolCalls(), toolCalls: [] };
}

function addDelta({ message, calls, toolCalls }: Choice, delta: Readonly<Fields>, idSeed: string): void {
  const { tool_calls: _calls, ...texts } = delta;
  joinMembers(message, texts);
  for (const piece of toolCallPieces(delta)) {
    const { index, function: fn, ...more } = calls.mend(piece, { idSeed, whole: false });
    const call = (toolCalls[Number(index)] ??= {});
    joinMembers(call, more);
    if (fn !== undefined) call['function'] = joinFunction(fieldsOf(call['function']), fieldsOf(fn));
  }
}

/** A function with its next piece. After mending, its name arrives in pieces too. */
function joinFunction(before: Readonly<Fields>, { name, ...more }: Readonly<Fields>): Fields {
  const joined = { ...before, name: textOf(before['name']) + textOf(name) };
  joinMembers(joined, more);
  return joined;
}

function joinMembers(target: Fields, piece: Readonly<Fields>): void {
  mergeInto(target, piece, (before, more, name) => joinPiece(before, more, { name, texts: true }));
}

function finished({ index, more, message, toolCalls }: Choice): object {
  const calls = toolCalls.length === 0 ? {} : { tool_calls: toolCalls };
  const known = { ...withoutNulls(more), finish_reason: more['finish_reason'] ?? null };
  return { index, message: { ...withoutNulls(message, ['content']), ...calls }, ...known };
}

/** The newer value unless it is blank or 0: Azure's first chunks and other providers' usage chunks have the date 0. */
function lastValue(before: unknown, value: unknown): unknown {
  return before !== undefined && (isBlank(value) || value === 0) ? before : value;
}

/** Omits the members that are null, because no chunk had another value for them, except those in `kept`. */
function withoutNulls(fields: Readonly<Fields>, kept: readonly string[] = []): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null || kept.includes(name)));
}
