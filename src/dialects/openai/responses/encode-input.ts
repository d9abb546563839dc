import { mapSteps, type Steps } from '../../../lib/steps.ts';
import { HISTORY_REASONING, type ProviderRequest } from '../../neutral/api.ts';
import { arrangeTurns } from '../../neutral/arrange-turns.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Block, CallBlock, Opaque, ResultBlock, Turn } from '../../neutral/request.ts';
import { fittingName, sentName } from '../../neutral/tool-names.ts';
import { inputPart, outputOf } from './encode-parts.ts';

/** A conversation as the API takes it. */
export interface EncodedInput {
  readonly instructions: string | undefined;
  readonly input: readonly object[];
}

/**
 * Encodes the turns. The first text of the leading system turns is the instructions, if its turn is text without marks; all others keep their place as messages of
 * the developer, because texts are not joined.
 */
export function* encodeInput({
  request,
  options,
  losses,
}: Pick<ProviderRequest, 'request' | 'options' | 'losses'>): Steps<EncodedInput> {
  const { leading, turns } = arrangeTurns(request.turns, { keepsSystem: true }, losses);
  yield;
  const items = new InputItems(losses, options.without.has(HISTORY_REASONING));
  const [first, ...others] = leading;
  const instructions = first === undefined ? undefined : plainTextOf(first);
  const rest = first === undefined || instructions === undefined ? leading : [withoutFirstBlock(first), ...others];
  yield* mapSteps([...rest, ...turns], (turn) => items.add(turn));
  return { instructions, input: items.list() };
}

/** The first text of a turn; undefined where the turn holds anything but texts, or marks. */
function plainTextOf({ blocks }: Turn): string | undefined {
  const [first] = blocks;
  const isPlain = blocks.every((block) => block.kind === 'text' && block.mark === undefined);
  return isPlain && first?.kind === 'text' ? first.text : undefined;
}

function withoutFirstBlock(turn: Turn): Turn {
  return { ...turn, blocks: turn.blocks.slice(1) };
}

class InputItems {
  readonly #losses: Losses;
  readonly #withoutReasoning: boolean;
  readonly #items: object[] = [];
  /** Ids of calls of freeform tools, whose outputs are items of another type. */
  readonly #freeform = new Set<string>();
  /** The parts of the message that grows. */
  #parts: object[] = [];

  constructor(losses: Losses, withoutReasoning: boolean) {
    this.#losses = losses;
    this.#withoutReasoning = withoutReasoning;
  }

  list(): readonly object[] {
    return this.#items;
  }

  add({ role, blocks }: Turn): void {
    for (const block of blocks) {
      const item = this.#itemOf(block);
      if (item !== undefined) {
        this.#endMessage(role);
        this.#items.push(item);
      } else if (role === 'assistant') this.#addOutput(block);
      else this.#parts.push(...inputPart(block, this.#losses));
    }
    this.#endMessage(role);
  }

  /** The item that a block is by itself; undefined where it is a part of a message, or nothing. */
  #itemOf(block: Block): object | undefined {
    switch (block.kind) {
      case 'call':
        return this.#callOf(block);
      case 'result':
        return this.#resultOf(block);
      case 'reasoning':
        return this.#reasoningOf(block.opaque, block.text);
      case 'redacted':
        return this.#reasoningOf(block.opaque, '');
      case 'text':
      case 'image':
      case 'file':
      case 'audio':
      case 'video':
      case 'refusal':
      case 'foreign':
        return undefined;
    }
  }

  #addOutput(block: Block): void {
    if (block.kind === 'text') this.#parts.push({ type: 'output_text', text: block.text, annotations: [] });
    else if (block.kind === 'refusal') this.#parts.push({ type: 'refusal', refusal: block.text });
    else if (block.kind === 'foreign') this.#losses.add(block.field, block.loss);
    // Reasoning that no server of this API can read is left out: without its signature it is refused.
    else if (block.kind !== 'reasoning' && block.kind !== 'redacted')
      this.#losses.add(`assistant.${block.kind}`, 'reported');
  }

  #callOf({ id, name, namespace, input, freeform }: CallBlock): object {
    const call = { call_id: fittingName(id), name: sentName(name, namespace) };
    if (!freeform) return { type: 'function_call', ...call, arguments: input === '' ? '{}' : input };
    this.#freeform.add(id);
    return { type: 'custom_tool_call', ...call, input };
  }

  #resultOf({ id, parts }: ResultBlock): object {
    const type = this.#freeform.has(id) ? 'custom_tool_call_output' : 'function_call_output';
    return { type, call_id: fittingName(id), output: outputOf(parts, this.#losses) };
  }

  /** Without the id, because nothing is stored that it could name. */
  #reasoningOf(opaque: Opaque | undefined, text: string): object | undefined {
    if (opaque?.issuer !== 'openai' || opaque.value === '' || this.#withoutReasoning) return undefined;
    const summary = text === '' ? [] : [{ type: 'summary_text', text }];
    return { type: 'reasoning', summary, encrypted_content: opaque.value };
  }

  #endMessage(role: Turn['role']): void {
    if (this.#parts.length === 0) return;
    this.#items.push({ type: 'message', role: role === 'system' ? 'developer' : role, content: this.#parts });
    this.#parts = [];
  }
}
