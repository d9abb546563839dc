import type { Call } from '../../../domain/call.ts';
import { GatewayError } from '../../../domain/errors.ts';
import { isRecord } from '../../../lib/record.ts';
import type { RequestFields } from '../../neutral/api.ts';
import type { NeutralRequest, Turn } from '../../neutral/request.ts';
import { decodeInput } from './decode-items.ts';
import { blocksOf } from './decode-parts.ts';
import { decodeSettings } from './decode-settings.ts';
import { decodeTools } from './decode-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members that name what only the vendor keeps. */
const KEPT_BY_VENDOR = ['conversation', 'prompt'] as const;

/**
 * Decodes a request of the Responses API. Throws `previous_response_not_found` for an earlier response, because those that the gateway keeps are part of the
 * input by now, and `invalid_request` for what only the vendor keeps.
 */
export function decodeResponses(
  { body, stream, answerId }: Call,
  fields: RequestFields = body.parse(),
): NeutralRequest {
  checkKept(fields);
  const { turns, addedTools } = decodeInput(fields['input']);
  return {
    turns: [...instructionsOf(fields['instructions']), ...turns],
    tools: [...decodeTools(fields['tools']), ...decodeTools(addedTools)],
    ...decodeSettings(fields, answerId !== undefined),
    stream,
  };
}

function checkKept(fields: Fields): void {
  const { previous_response_id: previous } = fields;
  if (previous !== undefined && previous !== null)
    throw new GatewayError('previous_response_not_found', {
      message: 'previous_response_id: there is no such response; send the whole conversation as input',
      param: 'previous_response_id',
    });
  const param = KEPT_BY_VENDOR.find((name) => fields[name] !== undefined && fields[name] !== null);
  if (param !== undefined)
    throw new GatewayError('invalid_request', {
      message: `${param}: no entry that is in use keeps it; send its content as input`,
      param,
    });
}

/** Instructions are a text; a list of items, as prompts of the vendor have, counts by its texts. */
function instructionsOf(instructions: unknown): readonly Turn[] {
  const blocks = Array.isArray(instructions)
    ? instructions.flatMap((item) => (isRecord(item) ? blocksOf(item['content']) : []))
    : blocksOf(instructions);
  return blocks.length === 0 ? [] : [{ role: 'system', blocks }];
}
