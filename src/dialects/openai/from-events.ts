import { fieldsOf, isRecord } from '../../lib/record.ts';

type Fields = Record<string, unknown>;

/** Members whose pieces are one text. */
const TEXTS: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'arguments',
  'input',
  'data',
  'transcript',
]);

/**
 * A whole chat completion from the chunks of its stream: in its choices texts joined, tool calls put together by their index and lists
 * lengthened; of everything else the last word, because chunks repeat it. `chunks` are parsed and in order. Undefined where a choice has no
 * finish reason: nobody can tell whether it is whole.
 */
export function completionOfChunks(chunks: readonly object[]): object | undefined {
  const head: Fields = {};
  const choices = new Map<unknown, Fields>();
  for (const chunk of chunks) {
    const { choices: list, ...more } = fieldsOf(chunk);
    Object.assign(head, withoutEmpty(more));
    for (const each of Array.isArray(list) ? list : []) {
      const { index = 0, delta, ...rest } = fieldsOf(each);
      const choice = choices.get(index) ?? { index, message: { role: 'assistant', content: null } };
      choices.set(index, choice);
      const message = fieldsOf(choice['message']);
      choice['message'] = joined(message, fieldsOf(delta));
      join(choice, withoutEmpty(rest));
    }
  }
  const whole = [...choices.values()].toSorted((a, b) => Number(a['index']) - Number(b['index'])).map(finished);
  if (!whole.every(({ finish_reason: reason }) => typeof reason === 'string' && reason !== '')) return undefined;
  return { ...head, object: 'chat.completion', choices: whole };
}

function finished(choice: Fields): Fields {
  const { message, ...rest } = choice;
  const { tool_calls: calls, ...words } = fieldsOf(message);
  if (!Array.isArray(calls)) return choice;
  // In a message a tool call's place says what its index said in the stream.
  const whole = calls.map((call: unknown) => {
    const { index: _index, ...call_ } = fieldsOf(call);
    return call_;
  });
  return { ...rest, message: { ...words, tool_calls: whole } };
}

/** What later chunks say of a member with null, they do not know; it takes nothing back. */
function withoutEmpty(fields: Readonly<Fields>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

function join(into: Fields, more: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(more)) into[name] = joinedMember(name, into[name], value);
}

function joined(before: Readonly<Fields>, more: Readonly<Fields>): Fields {
  const fields = { ...before };
  join(fields, withoutEmpty(more));
  return fields;
}

function joinedMember(name: string, before: unknown, value: unknown): unknown {
  // Some say a finish reason, an id or a name once, and then again with nothing in it.
  if (value === '' && typeof before === 'string') return before;
  if (name === 'tool_calls') return joinedCalls(before, value);
  if (typeof before === 'string' && typeof value === 'string' && TEXTS.has(name)) return before + value;
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value];
  return isRecord(before) && isRecord(value) ? joined(before, value) : value;
}

function joinedCalls(before: unknown, pieces: unknown): unknown[] {
  const calls: Fields[] = Array.isArray(before) ? before.map(fieldsOf) : [];
  for (const each of Array.isArray(pieces) ? pieces : []) {
    const piece = fieldsOf(each);
    const at = calls.findIndex(({ index }) => index === piece['index']);
    if (at === -1) calls.push(piece);
    else calls[at] = joined(calls[at] ?? {}, piece);
  }
  return calls;
}
