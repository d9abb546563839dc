import { memberOf } from '../lib/record.ts';
import type { Call } from './call.ts';
import type { Capability } from './needs.ts';

/** Which capabilities a call needs: it offers tools, an image is among its messages, its answer is to follow a schema. Linear in the input, and not recursive. */
export function capabilitiesOf({
  operation,
  input,
}: Pick<Call, 'operation' | 'input'>): Readonly<Record<Capability, boolean>> {
  const chat = operation === 'chat.completions';
  return {
    tools: chat && listOf(input, 'tools').length > 0,
    images: chat && listOf(input, 'messages').some(hasImage),
    jsonSchema: chat && memberOf(memberOf(input, 'response_format'), 'type') === 'json_schema',
  };
}

function hasImage(message: unknown): boolean {
  return listOf(message, 'content').some((part) => memberOf(part, 'type') === 'image_url');
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
