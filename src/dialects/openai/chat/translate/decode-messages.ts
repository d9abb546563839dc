import { invalidField } from '../../../../operations/generated-answer.ts';
import { fieldsOf } from '../../../../lib/record.ts';
import type { Block, CallBlock, FileBlock, ImageBlock, Loss, TextBlock, Turn } from '../../../neutral/request.ts';
import { argumentsOf, toolCallPieces } from '../tool-calls.ts';
import { blocksOf, markOf } from './decode-parts.ts';
import { signatureOf } from './thought-signature.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A conversation, and what of it no other API can carry. */
export interface DecodedMessages {
  readonly turns: readonly Turn[];
  readonly lost: readonly { readonly field: string; readonly loss: Loss }[];
}

/** Reads the messages of a chat completion. Throws `invalid_request` for a message that no provider accepts. */
export function decodeMessages(messages: unknown): DecodedMessages {
  const decoder = new MessageDecoder();
  const list: unknown[] = Array.isArray(messages) ? messages : [];
  const turns = list.map((message, index) => decoder.turnOf(fieldsOf(message), `messages.${index}`));
  return { turns, lost: decoder.hasName ? [{ field: 'messages.name', loss: 'reported' }] : [] };
}

class MessageDecoder {
  /** Ids that stand in for those of the older function calls, which have none, by the function's name. */
  readonly #open = new Map<string, string[]>();
  /** A participant has a name. */
  hasName = false;

  turnOf(message: Fields, at: string): Turn {
    const { role } = message;
    if (role === 'tool' || role === 'function') return { role: 'user', blocks: [this.#resultOf(message, at)] };
    if (typeof message['name'] === 'string') this.hasName = true;
    switch (role) {
      case 'system':
      case 'developer':
        return { role: 'system', blocks: marked(blocksOf(message['content'], `${at}.content`), message) };
      case 'user':
        return { role: 'user', blocks: marked(blocksOf(message['content'], `${at}.content`), message) };
      case 'assistant':
        return { role: 'assistant', blocks: this.#assistantBlocks(message, at) };
      default:
        throw invalidField(`${at}.role`, 'must be system, developer, user, assistant or tool');
    }
  }

  #resultOf(message: Fields, at: string): Block {
    const { role, tool_call_id: sentId, name } = message;
    const id = role === 'function' && typeof name === 'string' ? this.#open.get(name)?.shift() : sentId;
    if (role === 'tool' && typeof id !== 'string') throw invalidField(`${at}.tool_call_id`, 'must be a string');
    const parts = blocksOf(message['content'], `${at}.content`).filter(isResultPart);
    return { kind: 'result', id: typeof id === 'string' ? id : at, parts, error: false, mark: markOf(message) };
  }

  #assistantBlocks(message: Fields, at: string): Block[] {
    const content = marked(blocksOf(message['content'], `${at}.content`), message);
    const { refusal } = message;
    if (typeof refusal === 'string' && refusal !== '') content.push({ kind: 'refusal', text: refusal });
    const calls = this.#callsOf(message, at);
    return [...reasoningBlocks(message, calls), ...content, ...calls.map(withOwnSignature)];
  }

  #callsOf(message: Fields, at: string): CallBlock[] {
    const calls = toolCallPieces(message).map((call, index) => callOf(call, `${at}.tool_calls.${index}`));
    const { name, arguments: args } = fieldsOf(message['function_call']);
    if (typeof name !== 'string') return calls;
    const id = `call_${at.slice('messages.'.length)}`;
    this.#open.set(name, [...(this.#open.get(name) ?? []), id]);
    return [...calls, { kind: 'call', id, name, input: argumentsOf(args), freeform: false }];
  }
}

function callOf(call: Fields, at: string): CallBlock {
  const { id, function: fn, custom } = call;
  const isCustom = call['type'] === 'custom';
  const called = fieldsOf(isCustom ? custom : fn);
  const { name } = called;
  if (typeof id !== 'string') throw invalidField(`${at}.id`, 'must be a string');
  if (typeof name !== 'string')
    throw invalidField(`${at}.${isCustom ? 'custom' : 'function'}.name`, 'must be a string');
  const input = argumentsOf(isCustom ? called['input'] : called['arguments']);
  return { kind: 'call', id, name, input, freeform: isCustom, opaque: signatureOf(call), mark: markOf(call) };
}

/**
 * The readable reasoning of a message with its signature. Google signs calls; every other issuer signs the reasoning, also where the signature came
 * on a call. Several signatures sign pieces of a text that is joined here, so that none of them fits.
 */
function reasoningBlocks(message: Fields, calls: readonly CallBlock[]): Block[] {
  const { reasoning_content: own, reasoning } = message;
  const text = [own, reasoning].find((each) => typeof each === 'string' && each !== '');
  const signatures = calls.map(({ opaque }) => opaque).filter((opaque) => opaque?.issuer !== 'google');
  const found = [signatureOf(message), ...signatures].filter((opaque) => opaque !== undefined);
  const opaque = found.length === 1 ? found[0] : undefined;
  if (typeof text !== 'string' && opaque === undefined) return [];
  return [{ kind: 'reasoning', text: typeof text === 'string' ? text : '', opaque }];
}

function withOwnSignature(call: CallBlock): CallBlock {
  return call.opaque === undefined || call.opaque.issuer === 'google' ? call : { ...call, opaque: undefined };
}

function isResultPart(block: Block): block is TextBlock | ImageBlock | FileBlock {
  return (block.kind === 'text' && block.text !== '') || block.kind === 'image' || block.kind === 'file';
}

/** Some clients mark the whole message, which ends with its last block. */
function marked(blocks: Block[], message: Fields): Block[] {
  const mark = markOf(message);
  const last = blocks.at(-1);
  if (mark === undefined || last === undefined || !('mark' in last || last.kind === 'text')) return blocks;
  return [...blocks.slice(0, -1), { ...last, mark }];
}
