import type { Call } from '../../../domain/call.ts';
import type { Target } from '../../../domain/chain.ts';
import { ByteEdits } from '../../../lib/byte-edits.ts';
import type { Encoded, EncodeOptions } from '../../codec.ts';
import { openaiRequest } from '../request.ts';
import { streamFieldsOf } from '../stream-fields.ts';
import { mendMessages } from './messages.ts';

/** Encodes a chat completion. */
export function encodeChat(call: Call, target: Target, options: EncodeOptions): Encoded {
  const { values, added } = streamFieldsOf(call, target, options);
  const inside = new ByteEdits();
  mendMessages(inside, call.body, target.quirks);
  return {
    added,
    request: openaiRequest(call, target, { path: '/chat/completions', values, inside, headers: options.headers }),
  };
}
