import type { Call } from '../../../domain/call.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { invalidField } from '../../../operations/generated-answer.ts';
import { messagesFields } from '../../../operations/messages-fields.ts';
import { checkFields } from '../../../operations/wrong-field.ts';
import type { RequestFields } from '../../neutral/api.ts';
import type { Block, NeutralRequest, Turn } from '../../neutral/request.ts';
import { withoutBillingLine } from '../billing-line.ts';
import { addedTools } from './added-tools.ts';
import { decodeContent } from './decode-blocks.ts';
import { decodeExtras, decodeSettings } from './decode-settings.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The decoders of these check them. */
const CHECKED: ReadonlySet<string> = new Set(['messages', 'system', 'tools', 'tool_choice']);

/** Reads a request of the Messages API. Throws `invalid_request` for one that no provider could take. */
export function decodeMessages(call: Call, body: RequestFields = call.body.parse()): NeutralRequest {
  checkFields(messagesFields(), body, CHECKED);
  const { tools, tool_choice: choice } = body;
  const turns = [...systemTurn(body['system']), ...decodeTurns(body['messages'])];
  return {
    turns,
    tools: [...decodeTools(tools), ...decodeTools(addedTools(body['messages'], tools))],
    ...decodeToolChoice(choice, tools),
    ...decodeSettings(body),
    extras: decodeExtras(body),
    lost: lostIn(body, turns),
    stream: call.stream,
  };
}

function systemTurn(system: unknown): readonly Turn[] {
  if (system === undefined || system === null) return [];
  return [{ role: 'system', blocks: decodeContent(system, 'system').flatMap(withoutBilling) }];
}

function withoutBilling(block: Block): readonly Block[] {
  if (block.kind !== 'text') return [block];
  const text = withoutBillingLine(block.text);
  if (text === block.text) return [block];
  return text.trim() === '' ? [] : [{ ...block, text }];
}

function decodeTurns(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages)) throw invalidField('messages', 'must be a list of messages');
  return messages.map((message: unknown, index) => {
    const { role, content } = fieldsOf(message);
    const blocks = decodeContent(content ?? [], `messages.${index}.content`);
    if (role === 'system') return { role, blocks: blocks.flatMap(withoutBilling) };
    return { role: role === 'assistant' ? 'assistant' : 'user', blocks };
  });
}

/** What no other API can carry, whatever it is. */
function lostIn(body: Fields, turns: readonly Turn[]): NeutralRequest['lost'] {
  const lost: { field: string; loss: 'reported' | 'unsuited' }[] = [];
  // It fills a cache and generates nothing.
  if (body['max_tokens'] === 0) lost.push({ field: 'max_tokens', loss: 'unsuited' });
  if (turns.some(({ blocks }) => blocks.some(isCited))) lost.push({ field: 'citations', loss: 'reported' });
  return lost;
}

/** Whether the answer is to cite a document. */
function isCited(block: Block): boolean {
  return block.kind === 'file' && fieldsOf(block.extras?.['citations'])['enabled'] === true;
}
