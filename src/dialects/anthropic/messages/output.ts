import { fieldsOf } from '../../../lib/record.ts';
import { inputJson } from './input-json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Bytes of output in a delta, in UTF-8; undefined where it holds none. A signature is none. */
export function deltaOutput(delta: Fields): number | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return bytesOf(delta['text']);
    case 'thinking_delta':
      return bytesOf(delta['thinking']);
    case 'input_json_delta':
      return bytesOf(delta['partial_json']);
    case 'citations_delta':
      return 0;
    default:
      return undefined;
  }
}

/** Bytes of output in a block or in the start of one; undefined where it holds none. Everything but an empty text or thinking block is output. */
export function blockOutput(block: unknown): number | undefined {
  const fields = fieldsOf(block);
  switch (fields['type']) {
    case 'text':
      return bytesOf(fields['text']);
    case 'thinking':
      return bytesOf(fields['thinking']);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      // In a stream the input begins as an empty object.
      return (bytesOf(fields['name']) ?? 0) + Buffer.byteLength(inputJson(fields['input']));
    default:
      return typeof fields['type'] === 'string' ? 0 : undefined;
  }
}

function bytesOf(text: unknown): number | undefined {
  return typeof text === 'string' && text !== '' ? Buffer.byteLength(text) : undefined;
}
