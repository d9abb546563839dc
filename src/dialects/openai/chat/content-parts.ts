import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { splice } from '../splice.ts';
import { replaceRange } from '../splice-parts.ts';
import { textOf } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Types of parts whose text is content. A part without a type that has a text is one too. */
const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'output_text', 'reference']);
/** Types of parts whose text is reasoning. */
const THOUGHT_TYPES: ReadonlySet<unknown> = new Set(['thinking', 'reasoning']);

/** The texts of a content in parts. */
interface Texts {
  text: string;
  /** Undefined where no part holds reasoning. */
  reasoning: string | undefined;
}

/**
 * The JSON of a chunk or completion whose contents are texts, as OpenAI's SDKs type them, and every other byte as it is. Mistral sends the
 * content of a reasoning model as a list of parts: the texts of `text` and `reference` parts become `content`, those of `thinking` parts
 * `reasoning_content`, after a text that it has already. `output_text` and `reasoning` are other names for the two. A list with a part of any other type stays. Undefined where nothing changes. `value` is the parsed form of `bytes`.
 */
export function withTextContents(value: Fields, bytes: Buffer): Buffer | undefined {
  let changed: Buffer | undefined;
  const choices: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
  if (!choices.some(hasParts)) return undefined;
  for (const [at, name, part] of choices.flatMap(partsOf)) {
    const texts = textsOf(part['content']);
    if (texts === undefined) continue;
    const current = changed ?? bytes;
    const range = rangeOf(current, ['choices', at, name]);
    if (range === undefined) continue;
    const reasoning = texts.reasoning === undefined ? undefined : textOf(part['reasoning_content']) + texts.reasoning;
    const values = {
      content: JSON.stringify(texts.text),
      ...(reasoning === undefined ? {} : { reasoning_content: JSON.stringify(reasoning) }),
    };
    const edited = splice(current.subarray(...range), { values });
    changed = replaceRange(current, range, edited);
  }
  return changed;
}

/** Whether a choice's content is a list. Most have none. */
function hasParts(choice: unknown): boolean {
  const { delta, message } = fieldsOf(choice);
  return Array.isArray(fieldsOf(delta)['content']) || Array.isArray(fieldsOf(message)['content']);
}

/** The delta and the message of a choice, with their names and the choice's position. */
function partsOf(choice: unknown, at: number): readonly [at: number, name: string, part: Fields][] {
  return Object.entries(fieldsOf(choice)).flatMap(([name, part]) =>
    (name === 'delta' || name === 'message') && isRecord(part) ? [[at, name, part]] : [],
  );
}

/** The texts of a list of text parts; undefined where the content is anything else. */
function textsOf(content: unknown): Texts | undefined {
  if (!Array.isArray(content)) return undefined;
  const texts: Texts = { text: '', reasoning: undefined };
  return content.every((part: unknown) => addPart(texts, part)) ? texts : undefined;
}

/** Adds a part's text; false where the part is of another type. */
function addPart(texts: Texts, part: unknown): boolean {
  const { type, text, thinking, reasoning } = typeof part === 'string' ? { text: part } : fieldsOf(part);
  const isText = TEXT_TYPES.has(type) || (type === undefined && typeof text === 'string');
  if (isText) texts.text += textOf(text);
  else if (THOUGHT_TYPES.has(type))
    texts.reasoning = (texts.reasoning ?? '') + thoughtOf(thinking ?? reasoning ?? text);
  else return false;
  return true;
}

/** The text of a reasoning part: a text, or a list of text parts. */
function thoughtOf(thinking: unknown): string {
  if (!Array.isArray(thinking)) return textOf(thinking);
  return thinking.map((each: unknown) => textOf(typeof each === 'string' ? each : fieldsOf(each)['text'])).join('');
}
