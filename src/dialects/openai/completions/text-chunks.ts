import type { Quirks } from '../../../domain/chain.ts';
import { fieldsOf } from '../../../lib/record.ts';
import type { Steps } from '../../../lib/steps.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A completion as the chunks of a stream, one for each choice and one for the usage. Undefined where a choice has no finish reason and needs one. */
export function chunksOfText(
  completion: object,
  { finishReason }: Pick<Quirks, 'finishReason'>,
): readonly object[] | undefined {
  const { choices: list, usage, ...head } = fieldsOf(completion);
  const choices = Array.isArray(list) ? list.map(fieldsOf) : [];
  if (finishReason === 'required' && !choices.every(isFinished)) return undefined;
  const chunks: object[] = choices.map((choice, index) => ({ ...head, choices: [{ index, ...choice }] }));
  return usage === undefined || usage === null ? chunks : [...chunks, { ...head, choices: [], usage }];
}

/** A choice that is put together. */
interface JoinedChoice {
  readonly index: number;
  text: string;
  finishReason: unknown;
  logprobs: Record<string, unknown> | null;
}

/** A completion from the chunks of its stream, one a step. Undefined where a choice has no finish reason and needs one. */
export function* textOfChunks(
  chunks: readonly object[],
  { finishReason }: Pick<Quirks, 'finishReason'>,
): Steps<object | undefined> {
  let head: Fields = {};
  const choices = new Map<number, JoinedChoice>();
  for (const chunk of chunks) {
    const { choices: list, ...more } = fieldsOf(chunk);
    head = { ...head, ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)) };
    for (const each of Array.isArray(list) ? list : []) addChoice(choices, fieldsOf(each));
    yield;
  }
  const joined = [...choices.values()].toSorted((a, b) => a.index - b.index).map(choiceOf);
  if (joined.length === 0 || (finishReason === 'required' && !joined.every(isFinished))) return undefined;
  return { ...head, choices: joined };
}

function addChoice(choices: Map<number, JoinedChoice>, sent: Fields): void {
  const { index: sentIndex, text, finish_reason: reason, logprobs } = sent;
  const index = typeof sentIndex === 'number' ? sentIndex : 0;
  const choice = choices.get(index) ?? { index, text: '', finishReason: null, logprobs: null };
  choices.set(index, choice);
  if (typeof text === 'string') choice.text += text;
  if (typeof reason === 'string' && reason !== '') choice.finishReason = reason;
  if (typeof logprobs === 'object' && logprobs !== null)
    choice.logprobs = withLogprobs(choice.logprobs ?? {}, logprobs);
}

/** Lists of one entry per token. */
function withLogprobs(joined: Record<string, unknown>, piece: object): Record<string, unknown> {
  for (const [name, value] of Object.entries(piece)) {
    const list = joined[name];
    if (Array.isArray(list) && Array.isArray(value)) for (const each of value) list.push(each);
    else joined[name] = Array.isArray(value) ? [...value] : value;
  }
  return joined;
}

function choiceOf({ index, text, finishReason, logprobs }: JoinedChoice): Fields {
  return { text, index, logprobs, finish_reason: finishReason };
}

function isFinished({ finish_reason: reason }: Fields): boolean {
  return typeof reason === 'string' && reason !== '';
}
