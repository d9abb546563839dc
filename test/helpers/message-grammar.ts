import { expect } from 'vitest';
import { fieldsOf } from '../../src/lib/record.ts';

/** Checks that the values of a complete stream's events obey the grammar of the Messages API. */
export function checkMessageGrammar(events: readonly Readonly<Record<string, unknown>>[]): void {
  const types = events.map(({ type }) => type);
  expect(types[0]).toBe('message_start');
  expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
  let open: unknown;
  let signed = false;
  let count = 0;
  let deltas = 0;
  for (const { type, index, delta, content_block: block } of events.slice(1, -2)) {
    if (type === 'content_block_start') {
      expect([open, index]).toEqual([undefined, count]);
      open = fieldsOf(block)['type'];
      signed = false;
      deltas = 0;
      count++;
      continue;
    }
    expect([open !== undefined, index]).toEqual([true, count - 1]);
    if (type === 'content_block_stop') {
      // A text or thinking block without a delta would be empty.
      if (open === 'text' || open === 'thinking') expect(deltas).toBeGreaterThan(0);
      open = undefined;
      continue;
    }
    expect(type).toBe('content_block_delta');
    expect(signed).toBe(false);
    const kind = fieldsOf(delta)['type'];
    signed = kind === 'signature_delta';
    deltas++;
    const allowed = {
      text: ['text_delta'],
      thinking: ['thinking_delta', 'signature_delta'],
      tool_use: ['input_json_delta'],
    };
    expect(fieldsOf(allowed)[String(open)]).toContain(kind);
  }
  expect(open).toBe(undefined);
}
