import type { Call } from '../../../domain/call.ts';
import { isRecord } from '../../../lib/record.ts';
import { responsesFields } from '../../../operations/responses-fields.ts';
import { checkFields } from '../../../operations/wrong-field.ts';
import type { RequestFields } from '../../neutral/api.ts';
import type { LostField, NeutralRequest, Turn } from '../../neutral/request.ts';
import { decodeInput } from './decode-items.ts';
import { blocksOf } from './decode-parts.ts';
import { decodeSettings } from './decode-settings.ts';
import { decodeTools } from './decode-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members that name what only the vendor keeps. */
const KEPT_BY_VENDOR = ['conversation', 'prompt'] as const;

/** The operation checks them. */
const CHECKED: ReadonlySet<string> = new Set(['input']);

/** Decodes a request of the Responses API. Throws `invalid_request` for a field of a type that the API does not take. What the gateway keeps is part of the input by now, so that whatever else is named is at the vendor. */
export function decodeResponses(
  { body, stream, answerMembers }: Call,
  fields: RequestFields = body.parse(),
): NeutralRequest {
  checkFields(responsesFields(), fields, CHECKED);
  const { turns, addedTools, references } = decodeInput(fields['input']);
  const { lost, ...settings } = decodeSettings(fields, answerMembers !== undefined);
  return {
    turns: [...instructionsOf(fields['instructions']), ...turns],
    tools: [...decodeTools(fields['tools']), ...decodeTools(addedTools)],
    ...settings,
    lost: [...keptByVendor(fields), ...references.map(lostItem), ...lost],
    stream,
  };
}

function keptByVendor(fields: Fields): readonly LostField[] {
  const previous: LostField = {
    field: 'previous_response_id',
    loss: 'unsuited',
    reason: 'previous_response_id: there is no such response; send the whole conversation as input',
    code: 'previous_response_not_found',
  };
  const others = KEPT_BY_VENDOR.map((field): LostField => {
    const reason = `${field}: no entry that is in use keeps it; send its content as input`;
    return { field, loss: 'unsuited', reason };
  });
  return [previous, ...others].filter(({ field }) => fields[field] !== undefined && fields[field] !== null);
}

function lostItem(index: number): LostField {
  const field = `input.${index}`;
  return { field, loss: 'unsuited', reason: `${field}: refers to an item that is not kept; send the item itself` };
}

/** Instructions are a text; a list of items, as prompts of the vendor have, counts by its texts. */
function instructionsOf(instructions: unknown): readonly Turn[] {
  const blocks = Array.isArray(instructions)
    ? instructions.flatMap((item) => (isRecord(item) ? blocksOf(item['content']) : []))
    : blocksOf(instructions);
  return blocks.length === 0 ? [] : [{ role: 'system', blocks }];
}
