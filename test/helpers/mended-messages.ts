import { mendMessages } from '../../src/dialects/openai/chat/messages.ts';
import type { Quirks } from '../../src/domain/chain.ts';
import { ByteEdits } from '../../src/lib/byte-edits.ts';
import { requestBodyOf } from './call.ts';

/** The text of `messages` in a body once they are mended; undefined where nothing changes. */
export function mendedMessages(body: string, quirks: Quirks): string | undefined {
  const edits = new ByteEdits();
  const read = requestBodyOf(body);
  mendMessages(edits, read, quirks);
  if (edits.size === 0) return undefined;
  return requestBodyOf(edits.apply(read.bytes).toString('utf8')).jsonOf('messages')?.toString('utf8');
}
