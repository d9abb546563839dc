import { mapSteps, type Steps } from '../../../../lib/steps.ts';
import { memberOf } from '../../../../lib/record.ts';
import type { ProviderRequest } from '../../../neutral/api.ts';
import { HISTORY_REASONING } from '../../../neutral/api.ts';
import { arrangeTurns } from '../../../neutral/arrange-turns.ts';
import { wrapFreeform } from '../../../neutral/freeform-tool.ts';
import type { Block, CallBlock, ResultBlock, Turn } from '../../../neutral/request.ts';
import { fittingName, sentName } from '../../../neutral/tool-names.ts';
import { contentOf, type PartContext, partOf } from './encode-parts.ts';

/** Between the texts of one result. */
const BETWEEN_TEXTS = '\n';

/** The turns of a request as messages. */
export function* encodeMessages({ request, target, options, losses }: ProviderRequest): Steps<object[]> {
  const context: MessageContext = {
    target,
    losses,
    keepsReasoning: target.quirks.fillsReasoning && !options.without.has(HISTORY_REASONING),
  };
  const readable = yield* mapSteps(request.turns, (turn) => readableTurn(turn, context));
  const { leading, turns } = arrangeTurns(readable, { keepsSystem: true }, losses);
  yield;
  if (turns.at(-1)?.role === 'assistant' && memberOf(target.capabilities, 'prefill') !== true)
    losses.refuse('This entry cannot continue an answer that the request begins.');
  return (yield* mapSteps([...leading, ...turns], (turn) => messagesOf(turn, context))).flat();
}

interface MessageContext extends PartContext {
  /** Whether the server wants the reasoning of earlier turns back. */
  readonly keepsReasoning: boolean;
}

/** A turn without the reasoning that chat has no member for: all that is signed, since only its issuer reads it, and mostly the rest too. */
function readableTurn(turn: Turn, { keepsReasoning, losses }: MessageContext): Turn {
  const blocks = turn.blocks.filter((block) => {
    if (block.kind === 'redacted') return false;
    if (block.kind === 'reasoning') return keepsReasoning && block.opaque === undefined && block.text !== '';
    if (block.kind !== 'foreign') return true;
    losses.add(block.field, block.loss);
    return false;
  });
  return blocks.length === turn.blocks.length ? turn : { ...turn, blocks };
}

function messagesOf(turn: Turn, context: MessageContext): object[] {
  switch (turn.role) {
    case 'system':
      return turn.blocks.flatMap((block) => {
        const part = partOf(block, context);
        return part === undefined ? [] : [{ role: 'system', content: contentOf([part]) }];
      });
    case 'user':
      return userMessages(turn.blocks, context);
    case 'assistant':
      return assistantMessages(turn.blocks, context);
  }
}

/** The results, then the media that results hold and what else the user said in one message. */
function userMessages(blocks: readonly Block[], context: MessageContext): object[] {
  const results = blocks.filter((block) => block.kind === 'result');
  const media = results.flatMap(({ parts }) => parts.filter(({ kind }) => kind !== 'text'));
  const parts = [...media, ...blocks].map((block) => partOf(block, context)).filter((part) => part !== undefined);
  const messages: object[] = results.map(toolMessage);
  if (parts.length > 0) messages.push({ role: 'user', content: contentOf(parts) });
  return messages;
}

function toolMessage({ id, parts }: ResultBlock): object {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return { role: 'tool', tool_call_id: fittingName(id), content: texts.join(BETWEEN_TEXTS) };
}

/** One message: the texts of an answer are pieces of one text. */
function assistantMessages(blocks: readonly Block[], { losses }: MessageContext): object[] {
  let text = '';
  let reasoning = '';
  let refusal = '';
  const calls: object[] = [];
  for (const block of blocks)
    switch (block.kind) {
      case 'text':
        text += block.text;
        break;
      case 'reasoning':
        reasoning += block.text;
        break;
      case 'refusal':
        refusal += block.text;
        break;
      case 'call':
        calls.push(toolCallOf(block));
        break;
      case 'image':
      case 'file':
      case 'audio':
      case 'video':
        losses.refuse(`This entry cannot take the ${block.kind} of an earlier answer.`);
        break;
      // Filtered out before, and results stand in user turns.
      case 'foreign':
      case 'redacted':
      case 'result':
        break;
    }
  if (text === '' && refusal === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(refusal === '' ? {} : { refusal }),
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

function toolCallOf({ id, name, namespace, input, freeform }: CallBlock): object {
  const args = freeform ? wrapFreeform(input) : input;
  return {
    id: fittingName(id),
    type: 'function',
    // Some servers parse the arguments of earlier calls.
    function: { name: sentName(name, namespace), arguments: args.trim() === '' ? '{}' : args },
  };
}
