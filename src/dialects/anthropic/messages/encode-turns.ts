import { arrangeTurns } from '../../neutral/arrange-turns.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Block, CacheMark, CallBlock, ResultBlock, Turn } from '../../neutral/request.ts';
import { mapSteps, type Steps } from '../../../lib/steps.ts';
import { fittingName, sentName } from '../../neutral/tool-names.ts';
import { encodeFile, encodeImage } from './encode-media.ts';
import { inputOf } from './message-fold.ts';

type Fields = Record<string, unknown>;

/** A message of the request. */
export interface EncodedMessage {
  readonly role: 'user' | 'assistant';
  readonly content: Fields[];
}

/** The conversation as the API takes it. */
export interface EncodedTurns {
  /** Empty for none. */
  readonly system: readonly Fields[];
  readonly messages: readonly EncodedMessage[];
}

/** How turns are encoded. */
export interface TurnOptions {
  /** Whether reasoning of the conversation so far is sent where Anthropic has signed it. */
  readonly reasoning: boolean;
  /** Whether the model continues an answer that the request has begun. */
  readonly prefill: boolean;
  readonly losses: Losses;
}

/** In place of a turn of the user, where a conversation begins without one. */
const PLACEHOLDER = '.';

/** Encodes the turns of a conversation. */
export function* encodeTurns(turns: readonly Turn[], options: TurnOptions): Steps<EncodedTurns> {
  const { losses } = options;
  const sendable = yield* mapSteps(turns, ({ role, blocks }) => ({
    role,
    blocks: blocks.filter((block) => isSent(block, options)),
  }));
  const { leading, turns: arranged } = arrangeTurns(sendable, { keepsSystem: false }, losses);
  yield;
  const encoder = new BlockEncoder(losses);
  const system = leading.flatMap(({ blocks }) =>
    blocks.filter(({ kind }) => kind === 'text').map((block) => encoder.encode(block)),
  );
  const messages = yield* mapSteps(arranged, ({ role, blocks }): EncodedMessage => ({
    role: role === 'assistant' ? role : 'user',
    content: blocks.map((block) => encoder.encode(block)),
  }));
  if (messages[0]?.role !== 'user') messages.unshift({ role: 'user', content: [{ type: 'text', text: PLACEHOLDER }] });
  if (messages.at(-1)?.role === 'assistant') endPrefill(messages, options);
  return { system, messages };
}

/** Whether a block is sent. A text of white space is a 400, and what others have signed too. */
function isSent(block: Block, { reasoning, losses }: TurnOptions): boolean {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text.trim() !== '';
    case 'reasoning':
    case 'redacted':
      return reasoning && block.opaque?.issuer === 'anthropic' && block.opaque.value !== '';
    case 'audio':
    case 'video':
      losses.refuse(`This entry takes no ${block.kind}.`);
      return false;
    case 'foreign':
      if (block.family === 'anthropic') return true;
      losses.add(block.field, block.loss);
      return false;
    case 'call':
    case 'result':
    case 'image':
    case 'file':
      return true;
    // no default
  }
}

/** An answer that the request has begun must not end with white space, and only older models continue one. */
function endPrefill(messages: EncodedMessage[], { prefill, losses }: TurnOptions): void {
  if (!prefill) return losses.refuse('This model does not continue an answer that the request has begun.');
  const last = messages.at(-1)?.content.at(-1);
  if (last?.['type'] === 'text') last['text'] = String(last['text']).trimEnd();
}

/** Encodes blocks in the order of the conversation. */
class BlockEncoder {
  readonly #losses: Losses;
  /** How often an id was used. Some clients use one again, but the API wants each only once. */
  readonly #uses = new Map<string, number>();
  /** The sent ids of the calls of each id, and how many of them have had their result. */
  readonly #sent = new Map<string, { readonly ids: string[]; answered: number }>();

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  encode(block: Block): Fields {
    const encoded = this.#encode(block);
    return 'mark' in block && block.mark !== undefined ? { ...encoded, cache_control: controlOf(block.mark) } : encoded;
  }

  #encode(block: Block): Fields {
    switch (block.kind) {
      case 'text':
      case 'refusal':
        return { type: 'text', text: block.text };
      case 'reasoning':
        return { type: 'thinking', thinking: block.text, signature: block.opaque?.value ?? '' };
      case 'redacted':
        return { type: 'redacted_thinking', data: block.opaque.value };
      case 'call':
        return this.#encodeCall(block);
      case 'result':
        return this.#encodeResult(block);
      case 'image':
        return this.#media(encodeImage(block));
      case 'file':
        return this.#media(encodeFile(block));
      case 'foreign':
        return { ...block.value };
      case 'audio':
      case 'video':
        return { type: 'text', text: PLACEHOLDER };
      // no default
    }
  }

  #encodeCall({ id, name, namespace, input, freeform }: CallBlock): Fields {
    const sent = this.#uniqueId(id);
    const calls = this.#sent.get(id);
    if (calls === undefined) this.#sent.set(id, { ids: [sent], answered: 0 });
    else calls.ids.push(sent);
    return {
      type: 'tool_use',
      id: sent,
      name: sentName(name, namespace),
      input: freeform ? { input } : inputOf(input),
    };
  }

  #encodeResult({ id, parts, error }: ResultBlock): Fields {
    // The results of a turn are in the order of its calls.
    const calls = this.#sent.get(id);
    const sent = calls?.ids[calls.answered++] ?? fittingName(id);
    const content = parts
      .filter((part) => part.kind !== 'text' || part.text.trim() !== '')
      .map((part) => this.encode(part));
    return {
      type: 'tool_result',
      tool_use_id: sent,
      ...(content.length === 0 ? {} : { content }),
      ...(error ? { is_error: true } : {}),
    };
  }

  #uniqueId(id: string): string {
    const fitting = fittingName(id);
    const uses = (this.#uses.get(fitting) ?? 0) + 1;
    this.#uses.set(fitting, uses);
    return uses === 1 ? fitting : fittingName(`${fitting}_${uses}`);
  }

  #media(encoded: Readonly<Fields> | string): Fields {
    if (typeof encoded !== 'string') return { ...encoded };
    this.#losses.refuse(encoded);
    return { type: 'text', text: PLACEHOLDER };
  }
}

/** The `cache_control` of a mark. */
export function controlOf({ ttl }: CacheMark): Fields {
  return { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) };
}
