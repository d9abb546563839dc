import { fieldsOf, isRecord } from '../../../../lib/record.ts';
import { createRandomHex } from '../../../../lib/ids.ts';
import type { AnswerReader, BlockEvent, BlockStart } from '../../../neutral/block-event.ts';
import { createToolCalls, toolCallPieces } from '../tool-calls.ts';
import { readFinish } from './finish-reasons.ts';
import { citationsOf } from './citations.ts';
import { signatureOf } from './thought-signature.ts';

type Fields = Readonly<Record<string, unknown>>;
type TextKind = 'text' | 'reasoning' | 'refusal';

/** A call that has begun. Its first pieces are kept until its name is known. */
interface BegunCall {
  readonly id: string;
  readonly freeform: boolean;
  /** Undefined until its block is open. */
  i: number | undefined;
  kept: string;
}

const NOTHING: readonly BlockEvent[] = Object.freeze([]);
const newSeed = createRandomHex(16);
const FIRST_CHOICE = 0;

/** Reads the chunks of one chat completion, or a whole one. Only the first choice counts. */
export class ChatReader implements AnswerReader {
  readonly #calls = createToolCalls();
  readonly #idSeed = newSeed();
  readonly #begun = new Map<unknown, BegunCall>();
  #events: BlockEvent[] = [];
  #started = false;
  #blocks = 0;
  /** The text, reasoning or refusal that is open. Calls stay open beside it. */
  #open: { readonly i: number; readonly kind: TextKind } | undefined;
  /** Characters of all texts, and those before the open one. */
  #textChars = 0;
  #charsBefore = 0;
  #refused = false;
  #reason: unknown;

  read(value: unknown): readonly BlockEvent[] {
    if (!isRecord(value)) return NOTHING;
    this.#events = [];
    const choice = firstChoice(value['choices']);
    // Azure begins with a chunk without choices, id and date.
    if (!this.#started && (choice !== undefined || filled(value['id']) !== undefined)) this.#start(value);
    if (choice === undefined) return this.#events;
    const { delta, message, finish_reason: reason } = choice;
    if (isRecord(delta)) this.#readPart(delta, false);
    // Beside or after deltas a message repeats them.
    else if (isRecord(message) && this.#blocks === 0) this.#readPart(message, true);
    if (typeof reason === 'string' && reason !== '') this.#reason = reason;
    return this.#events;
  }

  end(): readonly BlockEvent[] {
    this.#events = [];
    if (!this.#started) this.#start({});
    this.#closeText();
    // A call whose name never came is none that the client could answer.
    for (const { i } of this.#begun.values()) if (i !== undefined) this.#events.push({ t: 'close', i });
    this.#events.push({ t: 'finish', reason: readFinish(this.#reason, this.#refused) });
    return this.#events;
  }

  #start({ id, model, created, service_tier: tier }: Fields): void {
    this.#started = true;
    this.#events.push({
      t: 'start',
      id: filled(id),
      model: filled(model),
      created: typeof created === 'number' && created > 0 ? created : undefined,
      serviceTier: filled(tier),
    });
  }

  #readPart(part: Fields, whole: boolean): void {
    const { content, reasoning_content: reasoning, refusal } = part;
    this.#add('reasoning', typeof reasoning === 'string' && reasoning !== '' ? reasoning : part['reasoning']);
    if (Array.isArray(content)) for (const each of content) this.#readContentPart(fieldsOf(each));
    else this.#add('text', content);
    this.#add('refusal', refusal);
    if (part['annotations'] !== undefined) this.#cite(part['annotations']);
    if (part['extra_content'] !== undefined) this.#sign(part);
    if (part['tool_calls'] !== undefined) for (const piece of toolCallPieces(part)) this.#readCall(piece, whole);
    const { function_call: older } = part;
    if (isRecord(older)) this.#readCall({ index: 0, function: older }, whole);
  }

  /** A part of a content in a form that the grammar leaves as it is. */
  #readContentPart({ type, text, thinking, refusal }: Fields): void {
    if (type === 'refusal') this.#add('refusal', refusal);
    else if (type !== 'thinking' && type !== 'reasoning') this.#add('text', text);
    else if (Array.isArray(thinking)) for (const each of thinking) this.#add('reasoning', fieldsOf(each)['text']);
    else this.#add('reasoning', thinking ?? text);
  }

  #add(kind: TextKind, text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    const open = this.#open?.kind === kind ? this.#open : this.#openText(kind);
    if (kind === 'text') this.#textChars += text.length;
    this.#events.push({ t: 'delta', i: open.i, text });
  }

  #openText(kind: TextKind): { readonly i: number; readonly kind: TextKind } {
    this.#closeText();
    if (kind === 'refusal') this.#refused = true;
    this.#charsBefore = this.#textChars;
    const open = { i: this.#openBlock({ kind }), kind };
    this.#open = open;
    return open;
  }

  #openBlock(block: BlockStart): number {
    const i = this.#blocks++;
    this.#events.push({ t: 'open', i, block });
    return i;
  }

  #closeText(): void {
    if (this.#open !== undefined) this.#events.push({ t: 'close', i: this.#open.i });
    this.#open = undefined;
  }

  #cite(annotations: unknown): void {
    if (this.#open?.kind !== 'text') return;
    for (const citation of citationsOf(annotations, this.#charsBefore))
      this.#events.push({ t: 'cite', i: this.#open.i, citation });
  }

  /** The signature of a message signs its last text, or its reasoning. */
  #sign(part: Fields): void {
    const opaque = signatureOf(part);
    if (opaque === undefined) return;
    const open = this.#open ?? this.#openText('reasoning');
    this.#events.push({ t: 'opaque', i: open.i, opaque });
  }

  #readCall(sent: Fields, whole: boolean): void {
    const piece = this.#calls.mend(functionPiece(sent), { idSeed: this.#idSeed, whole });
    const key = whole ? piece['id'] : piece['index'];
    const { name, arguments: args } = fieldsOf(piece['function']);
    const call = this.#begun.get(key) ?? this.#beginCall(key, piece);
    if (typeof args === 'string') call.kept += args;
    if (call.i === undefined && typeof name === 'string' && name !== '')
      call.i = this.#openBlock({ kind: 'call', id: call.id, name, freeform: call.freeform });
    if (call.i === undefined) return;
    if (call.kept !== '') this.#events.push({ t: 'delta', i: call.i, text: call.kept });
    call.kept = '';
    const opaque = sent['extra_content'] === undefined ? undefined : signatureOf(sent);
    if (opaque !== undefined) this.#events.push({ t: 'opaque', i: call.i, opaque });
  }

  #beginCall(key: unknown, { id, type }: Fields): BegunCall {
    this.#closeText();
    const call = { id: typeof id === 'string' ? id : '', freeform: type === 'custom', i: undefined, kept: '' };
    this.#begun.set(key, call);
    return call;
  }
}

/** A call of a freeform tool in the form of a function's. */
function functionPiece(piece: Fields): Fields {
  if (piece['custom'] === undefined) return piece;
  const { name, input } = fieldsOf(piece['custom']);
  return { ...piece, function: { name, arguments: input } };
}

function firstChoice(choices: unknown): Fields | undefined {
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices)
    if (isRecord(choice) && (choice['index'] ?? FIRST_CHOICE) === FIRST_CHOICE) return choice;
  return undefined;
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
